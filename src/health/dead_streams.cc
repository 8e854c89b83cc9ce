#include "health/dead_streams.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace unified::health {
namespace {

constexpr std::string_view kFilestore = "Filestore [";      // "Filestore [S] Critical write error"
constexpr std::string_view kStream = "JetStream stream '";  // "… '$G > S' critical write error"
/// Errors of a device, a mount or a limit. Others (a folder where a file should be, a missing
/// permission) meet the next start just as well, and it may then not load the stream at all.
constexpr std::array<std::string_view, 7> kPassing{
    "input/output error",  "read-only file system", "file too large",        "stale",
    "too many open files", "no such device",        "cannot allocate memory"};
constexpr std::chrono::minutes kFirstPause{1};
constexpr std::chrono::minutes kLongestPause{60};
constexpr std::chrono::hours kForget{1};
constexpr int kMostDoublings = 6;
constexpr int kMostInVain = 3;

/// What stands between `before` and `after`, in front of `rest`.
std::string_view between(std::string_view text, char after, std::string_view rest) {
  const std::size_t end = text.find(after);
  return end != std::string_view::npos && text.substr(end + 1).starts_with(rest)
             ? text.substr(0, end)
             : std::string_view{};
}

/// nats-server allows none of these in a name; ours becomes part of a path.
bool can_be_name(std::string_view name) {
  return !name.empty() && name.find_first_of("/\\ .*>\t") == std::string_view::npos;
}

bool may_pass(const DeadStream& stream) {
  return stream.refused_before || std::ranges::any_of(kPassing, [&](std::string_view words) {
           return stream.line.find(words) != std::string::npos;
         });
}

std::chrono::minutes pause_after(int restarts) {
  return std::min(kFirstPause * (1 << std::clamp(restarts - 1, 0, kMostDoublings)), kLongestPause);
}

}  // namespace

std::string dead_stream_of(std::string_view text) {
  std::string_view name;
  if (text.starts_with(kFilestore)) {
    name = between(text.substr(kFilestore.size()), ']', " Critical write error");
  } else if (text.starts_with(kStream)) {
    name = between(text.substr(kStream.size()), '\'', " critical write error");
    const std::size_t account = name.find(" > ");
    name = account == std::string_view::npos ? std::string_view{} : name.substr(account + 3);
  }
  return can_be_name(name) ? std::string{name} : std::string{};
}

void server_started(DeadStreams& dead) {
  dead.streams.clear();
  dead.note.clear();
}

void note_line(DeadStreams& dead, std::string_view text, DeadStreams::TimePoint now) {
  const std::string name = tells_of_failed_write(text) ? dead_stream_of(text) : std::string{};
  if (name.empty())
    return;
  // The count belongs to the trouble before: it ended an hour ago.
  if (dead.line_at && now - *dead.line_at >= kForget)
    dead.restarts = 0;
  dead.line_at = now;
  dead.streams[name].line = text;
}

void confirm(DeadStreams& dead) {
  for (auto& [name, stream] : dead.streams)
    stream.confirmed = stream.refused_before = true;
}

bool end_folder_trials(DeadStreams& dead, const std::vector<FolderTrial>& trials) {
  using Kind = TrialOutcome::Kind;
  bool all_written = true;
  for (const FolderTrial& trial : trials) {
    const auto found = dead.streams.find(trial.stream);
    if (found == dead.streams.end())
      continue;
    if (!trial.exists) {
      dead.streams.erase(found);
      continue;
    }
    const Kind kind = trial.outcome.kind;
    all_written = all_written && (kind == Kind::kWritten || kind == Kind::kSlowSync);
    if (kind != Kind::kRefused && kind != Kind::kSilent)
      continue;
    found->second.confirmed = found->second.refused_before = true;
    dead.note = "its own folder takes no writes, either: " + trial.outcome.words;
  }
  return all_written && !dead.streams.empty();
}

std::optional<std::set<std::string>> refusing_streams(int http_status, const std::string& body) {
  std::set<std::string> names;
  if (http_status == 200)
    return names;
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("errors") || !answer["errors"].is_array())
    return std::nullopt;
  const auto text = [](const nlohmann::json& error, const char* key) {
    const auto found = error.find(key);
    return found != error.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  for (const auto& error : answer["errors"])
    if (text(error, "error").find("write error") != std::string::npos)
      names.insert(text(error, "stream"));
  return names;
}

bool end_question(DeadStreams& dead, const std::optional<std::set<std::string>>& refusing) {
  if (!refusing) {
    dead.note = "whether nats-server gets over it is not known: its /healthz does not tell";
    return false;
  }
  std::erase_if(dead.streams, [&](const auto& entry) { return !refusing->contains(entry.first); });
  for (auto& [name, stream] : dead.streams)
    stream.confirmed = true;
  return !dead.streams.empty();
}

bool may_start_anew(DeadStreams& dead, const std::string& obstacle, DeadStreams::TimePoint now) {
  const bool ours = std::ranges::any_of(
      dead.streams, [](const auto& entry) { return entry.second.refused_before; });
  const bool passing =
      std::ranges::all_of(dead.streams, [](const auto& entry) { return may_pass(entry.second); });
  if (!obstacle.empty())
    dead.note = "nats-server must be started anew, which waits: " + obstacle;
  else if (!passing)
    dead.note =
        "nats-server is not started anew for it, as the next start would meet the same error and "
        "might not load the stream: look at the file";
  else if (!ours && dead.restarts >= kMostInVain)
    dead.note = fmt::format(
        "starting nats-server anew {} times did not help, though writes of our own succeed in the "
        "stream's folder: it is not done again",
        kMostInVain);
  else if (dead.restarted && now - *dead.restarted < pause_after(dead.restarts))
    dead.note = fmt::format(
        "nats-server must be started anew, which waits until {} min after the last time",
        pause_after(dead.restarts).count());
  else {
    dead.note = "nats-server must be started anew";
    dead.restarted = now;
    ++dead.restarts;
    return true;
  }
  return false;
}

std::string sentence(const DeadStreams& dead,
                     const std::set<std::string>& declared,
                     bool is_declared) {
  std::vector<std::string> names;
  std::string line;
  for (const auto& [name, stream] : dead.streams)
    if (stream.confirmed && declared.contains(name) == is_declared) {
      names.push_back(name);
      line = stream.line;
    }
  if (names.empty())
    return {};
  return fmt::format("stream{} {} store{} nothing since a write failed ({}){}{}",
                     names.size() == 1 ? "" : "s", fmt::join(names, ", "),
                     names.size() == 1 ? "s" : "", line, dead.note.empty() ? "" : "; ", dead.note);
}

}  // namespace unified::health
