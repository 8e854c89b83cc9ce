#include "jetstream/inspect.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

/// A server that never reaches its own total must not hold us.
constexpr int kMaxDetailPages = 1000;
constexpr int kNoMessageFound = 10037;

ApiResult<nlohmann::json> ask(ApiPort& port,
                              const std::string& verb,
                              const nlohmann::json& body,
                              const std::string& operation,
                              std::chrono::milliseconds timeout) {
  const auto answer =
      port.request("$JS.API." + verb,
                   body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), timeout);
  if (!answer)
    return ApiFailure{.message = fmt::format("{}: {}", operation, answer.error().message),
                      .code = 0,
                      .err_code = 0,
                      .answered = false};
  return parse_answer(*answer, operation);
}

std::string known_time(const nlohmann::json& json, const char* key) {
  std::string text = text_at(json, key);
  return parse_rfc3339(text) ? text : std::string{};
}

const nlohmann::json& part(const nlohmann::json& json, const char* key) {
  static const nlohmann::json nothing = nlohmann::json::object();
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : nothing;
}

ConsumerReport parse_consumer(const nlohmann::json& info) {
  ConsumerReport consumer;
  const nlohmann::json& config = part(info, "config");
  consumer.name = text_at(info, "name");
  for (const auto& filter : part(config, "filter_subjects"))
    if (filter.is_string())
      consumer.filters.push_back(filter.get<std::string>());
  if (std::string filter = text_at(config, "filter_subject"); !filter.empty())
    consumer.filters.push_back(std::move(filter));
  consumer.pending = int_at(info, "num_pending");
  consumer.ack_pending = int_at(info, "num_ack_pending");
  consumer.redelivered = int_at(info, "num_redelivered");
  consumer.waiting = int_at(info, "num_waiting");
  consumer.last_delivered = known_time(part(info, "delivered"), "last_active");
  return consumer;
}

}  // namespace

ApiResult<SubjectState> newest_message(ApiPort& port,
                                       const std::string& stream,
                                       const std::string& subject,
                                       std::chrono::milliseconds timeout) {
  SubjectState state;
  state.subject = subject;
  const auto answer = ask(
      port, "STREAM.MSG.GET." + stream, {{"last_by_subj", subject}},
      fmt::format("cannot read the newest message of {} in stream {}", subject, stream), timeout);
  if (!answer && answer.error().err_code == kNoMessageFound)
    return state;
  if (!answer)
    return answer.error();
  const nlohmann::json& message = part(*answer, "message");
  state.last_seq = int_at(message, "seq");
  state.last_ts = known_time(message, "time");
  return state;
}

ApiResult<SubjectState> subject_state(ApiPort& port,
                                      const std::string& stream,
                                      const std::string& subject,
                                      std::chrono::milliseconds timeout) {
  auto state = newest_message(port, stream, subject, timeout);
  if (!state)
    return state;
  for (int page = 0; page < kMaxDetailPages; ++page) {
    const auto answer = ask(
        port, "STREAM.INFO." + stream, {{"subjects_filter", subject}, {"offset", state->subjects}},
        fmt::format("cannot count the messages of {} in stream {}", subject, stream), timeout);
    if (!answer)
      return answer.error();
    const nlohmann::json& counts = part(part(*answer, "state"), "subjects");
    for (const auto& count : counts)
      state->messages += count.is_number() ? count.get<std::int64_t>() : 0;
    state->subjects += static_cast<std::int64_t>(counts.size());
    if (counts.empty() || state->subjects >= int_at(*answer, "total"))
      break;
  }
  return state;
}

ApiResult<std::vector<ConsumerReport>> consumer_reports(ApiPort& port,
                                                        const std::string& stream,
                                                        std::chrono::milliseconds timeout) {
  std::vector<ConsumerReport> consumers;
  for (int page = 0; page < kMaxDetailPages; ++page) {
    const auto answer = ask(port, "CONSUMER.LIST." + stream, {{"offset", consumers.size()}},
                            "cannot list the consumers of stream " + stream, timeout);
    if (!answer)
      return answer.error();
    const nlohmann::json& list = part(*answer, "consumers");
    for (const auto& info : list)
      consumers.push_back(parse_consumer(info));
    if (list.empty() || static_cast<std::int64_t>(consumers.size()) >= int_at(*answer, "total"))
      break;
  }
  std::ranges::sort(consumers, {}, &ConsumerReport::name);
  return consumers;
}

ApiResult<std::vector<std::string>> streams_bound_to(ApiPort& port,
                                                     const std::string& subject,
                                                     std::chrono::milliseconds timeout) {
  std::vector<std::string> names;
  for (int page = 0; page < kMaxDetailPages; ++page) {
    const auto answer = ask(port, "STREAM.NAMES", {{"subject", subject}, {"offset", names.size()}},
                            "cannot ask which stream stores " + subject, timeout);
    if (!answer)
      return answer.error();
    const nlohmann::json& list = part(*answer, "streams");
    for (const auto& name : list)
      if (name.is_string())
        names.push_back(name.get<std::string>());
    if (list.empty() || static_cast<std::int64_t>(names.size()) >= int_at(*answer, "total"))
      break;
  }
  return names;
}

}  // namespace unified::jetstream
