#include "jetstream/pauses.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/api_answers.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr const char* kPausedStreams = "paused";

std::string pause_time(std::int64_t unix_ns) {
  return format_rfc3339(unix_ns / kSecondNs * kSecondNs);
}

}  // namespace

std::string to_json_text(const Pauses& pauses) {
  Json streams = Json::object();
  for (const auto& [stream, pause] : pauses)
    streams[stream] = {{"since", format_rfc3339(pause.since_unix_ns)},
                       {"until", format_rfc3339(pause.until_unix_ns)},
                       {"reason", pause.reason}};
  return Json{{kPausedStreams, std::move(streams)}}.dump(1, ' ', false,
                                                         Json::error_handler_t::replace) +
         "\n";
}

Result<Pauses> parse_pauses(std::string_view text) {
  const Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    return Error{text.empty() ? "it is empty" : "it is not JSON"};
  if (!parsed.is_object() || !parsed.contains(kPausedStreams) ||
      !parsed[kPausedStreams].is_object())
    return Error{fmt::format("it has no object \"{}\"", kPausedStreams)};
  Pauses pauses;
  for (const auto& [stream, kept] : parsed[kPausedStreams].items()) {
    const auto since = parse_rfc3339(text_at(kept, "since"));
    const auto until = parse_rfc3339(text_at(kept, "until"));
    if (!since || !until)
      return Error{
          fmt::format("\"since\" or \"until\" of stream {} is missing or is no time like "
                      "2026-11-30T15:00:00Z",
                      stream)};
    if (!kept.contains("reason") || !kept["reason"].is_string())
      return Error{fmt::format("\"reason\" of stream {} is missing or is no text", stream)};
    pauses[stream] = {*since, *until, kept["reason"].get<std::string>()};
  }
  return pauses;
}

std::string describe(const Pause& pause) {
  return fmt::format("is paused until {}{}{}", pause_time(pause.until_unix_ns),
                     pause.reason.empty() ? "" : ": ", pause.reason);
}

std::vector<std::string> drop_ended(Pauses& pauses, std::int64_t now_unix_ns) {
  std::vector<std::string> ended;
  std::erase_if(pauses, [&](const auto& one) {
    const bool over = one.second.until_unix_ns <= now_unix_ns;
    if (over)
      ended.push_back(one.first);
    return over;
  });
  return ended;
}

std::optional<std::int64_t> next_end(const Pauses& pauses) {
  std::optional<std::int64_t> next;
  for (const auto& [stream, pause] : pauses)
    next = std::min(next.value_or(pause.until_unix_ns), pause.until_unix_ns);
  return next;
}

}  // namespace unified::jetstream
