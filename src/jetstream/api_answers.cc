#include "jetstream/api_answers.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

ApiFailure failure_from(const nlohmann::json& error, const std::string& operation) {
  ApiFailure failure{.message = {},
                     .code = static_cast<int>(int_at(error, "code")),
                     .err_code = static_cast<int>(int_at(error, "err_code")),
                     .answered = true};
  const int shown = failure.err_code != 0 ? failure.err_code : failure.code;
  failure.message = fmt::format("{}: {} ({})", operation, text_at(error, "description"), shown);
  return failure;
}

/// The server sends year 1 when there is no message.
std::string time_at(const nlohmann::json& state, const char* key) {
  std::string text = text_at(state, key);
  return parse_rfc3339(text) ? text : std::string{};
}

}  // namespace

std::int64_t int_at(const nlohmann::json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  if (found == json.end() || !found->is_number_integer())
    return 0;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return found->is_number_unsigned()
             ? static_cast<std::int64_t>(std::min(found->get<std::uint64_t>(), kMost))
             : found->get<std::int64_t>();
}

std::string text_at(const nlohmann::json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

ApiResult<nlohmann::json> parse_answer(const std::string& payload, const std::string& operation) {
  nlohmann::json answer = nlohmann::json::parse(payload, nullptr, false);
  if (!answer.is_object())
    return ApiFailure{.message = fmt::format("{}: the answer is not JSON", operation)};
  const auto error = answer.find("error");
  if (error != answer.end())
    return failure_from(*error, operation);
  return answer;
}

StreamState parse_stream(nlohmann::json answer) {
  StreamState stream;
  if (!answer.is_object())
    return stream;
  const auto config = answer.find("config");
  stream.config =
      config != answer.end() && config->is_object() ? std::move(*config) : nlohmann::json::object();
  stream.name = text_at(stream.config, "name");
  const auto found = answer.find("state");
  const nlohmann::json state = found != answer.end() ? std::move(*found) : nlohmann::json{};
  stream.messages = int_at(state, "messages");
  stream.bytes = int_at(state, "bytes");
  stream.first_seq = int_at(state, "first_seq");
  stream.last_seq = int_at(state, "last_seq");
  stream.first_ts = time_at(state, "first_ts");
  stream.last_ts = time_at(state, "last_ts");
  stream.consumers = int_at(state, "consumer_count");
  return stream;
}

bool is_set(const nlohmann::json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace unified::jetstream
