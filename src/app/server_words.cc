#include "app/server_words.h"

#include "observe/server_line.h"
#include "supervise/cause_words.h"

namespace unified::app {
namespace {

/// A damaged store repeats itself: the first words tell why, the last ones how it ended.
constexpr std::size_t kFirst = 50;
constexpr std::size_t kLast = 50;
constexpr std::size_t kSaidBytes = 512;
constexpr std::size_t kStackLines = 400;
constexpr std::size_t kStackLineBytes = 256;

/// A line of the logger's: "[PID] …".
bool is_logged(std::string_view line) {
  return line.starts_with('[');
}

/// A secret that the end would cut in two would no longer be known as one: back to the word before.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return text;
  const std::size_t space = text.rfind(' ', limit);
  return text.substr(0, space == std::string_view::npos ? 0 : space);
}

bool begins_dump(std::string_view line) {
  return line.starts_with("SIGQUIT: ") || line.starts_with("SIGABRT: ") ||
         line.starts_with("panic: ") || line.starts_with("fatal error: ") ||
         line.starts_with("goroutine ");
}

}  // namespace

void ServerWords::note(std::uint64_t incarnation, std::string_view line) {
  if (incarnation != incarnation_)
    begin(incarnation);
  if (!is_logged(line)) {
    dumping_ = dumping_ || begins_dump(line);
    if (dumping_ && stacks_.size() < kStackLines)
      stacks_.emplace_back(cut(line, kStackLineBytes));
    if (supervise::is_telling(line))
      keep(line);
    return;
  }
  dumping_ = false;
  // A tracing server writes thousands of these a second.
  const std::string_view head = line.substr(0, 48);
  if (head.find("[TRC] ") != std::string_view::npos ||
      head.find("[DBG] ") != std::string_view::npos)
    return;
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (!parsed.from_client &&
      (parsed.level >= observe::Level::kWarning || supervise::is_telling(parsed.text)))
    keep(parsed.text);
}

void ServerWords::begin(std::uint64_t incarnation) {
  incarnation_ = incarnation;
  first_.clear();
  last_.clear();
  dumping_ = false;
  stacks_.clear();
}

std::vector<std::string> ServerWords::stacks(std::uint64_t incarnation) const {
  return incarnation == incarnation_ ? stacks_ : std::vector<std::string>{};
}

std::vector<std::string> ServerWords::said(std::uint64_t incarnation) const {
  if (incarnation != incarnation_)
    return {};
  std::vector<std::string> all = first_;
  all.insert(all.end(), last_.begin(), last_.end());
  return all;
}

void ServerWords::keep(std::string_view text) {
  text = cut(text, kSaidBytes);
  if (first_.size() < kFirst) {
    first_.emplace_back(text);
    return;
  }
  if (last_.size() == kLast)
    last_.pop_front();
  last_.emplace_back(text);
}

}  // namespace unified::app
