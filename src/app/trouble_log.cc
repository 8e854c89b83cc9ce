#include "app/trouble_log.h"

#include <algorithm>
#include <array>

#include "observe/server_line.h"

namespace unified::app {
namespace {

/// nats-server's words, 2.9 to 2.15 (facts §1, §4, §14).
constexpr std::array<std::string_view, 5> kAboutStream{
    "Error recreating stream", "could not be recovered", "Error reading metafile",
    "Error unmarshalling stream metafile", "checksums do not match"};
constexpr std::array<std::string_view, 3> kAboutStore{
    "Error decrypting our stream metafile", "Stream metadata file or key", "no encryption key"};

/// A damaged store repeats itself; the first lines tell it all.
constexpr std::size_t kMaxLines = 100;

bool has_any(std::string_view text, const auto& words) {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

bool TroubleLog::note(std::string_view line) {
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (parsed.from_client || parsed.level < observe::Level::kWarning)
    return false;
  if (!has_any(parsed.text, kAboutStream) && !has_any(parsed.text, kAboutStore))
    return false;
  if (lines_.size() < kMaxLines)
    lines_.emplace_back(parsed.text);
  return true;
}

std::optional<std::string> TroubleLog::about(const std::string& name) const {
  for (const std::string& line : lines_)
    if (line.find("'" + name + "'") != std::string::npos ||
        line.find("\"" + name + "\"") != std::string::npos ||
        line.find("> " + name) != std::string::npos || has_any(line, kAboutStore))
      return "log: " + line;
  return std::nullopt;
}

}  // namespace unified::app
