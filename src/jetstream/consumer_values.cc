// What a consumer's field means, whoever wrote it, and the form in which it is sent (measured on
// 2.9.10, 2.10.27 and 2.15.1).
#include <algorithm>
#include <array>
#include <chrono>

#include "jetstream/consumer_fields.h"
#include "jetstream/rfc3339.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using Kind = FieldKind;

constexpr std::int64_t kAckWait = 30'000'000'000;
constexpr std::int64_t kPinnedFor = 120'000'000'000;
constexpr std::int64_t kMaxAckPending = 1000;
constexpr std::int64_t kMaxWaiting = 512;

Json plain(std::string_view name, const Json& config) {
  return value_in(*find_consumer_field(name), config);
}

std::int64_t number(std::string_view name, const Json& config) {
  return plain(name, config).get<std::int64_t>();
}

bool is_filled(const Json& text) {
  return text.is_string() && !text.get_ref<const std::string&>().empty();
}

/// All filters, in which of the two forms they may stand; `>` filters nothing.
Json filters_in(const Json& config) {
  Json filters = Json::array();
  if (const auto several = config.find("filter_subjects");
      several != config.end() && several->is_array())
    filters = *several;
  if (const auto one = config.find("filter_subject"); one != config.end() && is_filled(*one))
    filters.push_back(*one);
  if (filters.size() == 1 && filters.front() == ">")
    return Json::array();
  return filters;
}

std::int64_t limit_of_stream(std::string_view name, const Json& stream) {
  const auto limits = stream.find("consumer_limits");
  if (limits == stream.end() || !limits->is_object())
    return 0;
  const auto limit = limits->find(name);
  return limit != limits->end() && limit->is_number() ? limit->get<std::int64_t>() : 0;
}

bool waits_for_acks(const Json& config) {
  return plain("ack_policy", config) != "none";
}

Json ack_wait_in(const Json& config) {
  const Json backoff = plain("backoff", config);
  if (!backoff.empty() && backoff.front() > 0)
    return backoff.front();
  const std::int64_t wait = number("ack_wait", config);
  return wait == 0 && waits_for_acks(config) ? kAckWait : wait;
}

Json max_ack_pending_in(const Json& config, const Json& stream) {
  const std::int64_t most = number("max_ack_pending", config);
  if (most != 0 || !waits_for_acks(config))
    return std::max<std::int64_t>(-1, most);
  const std::int64_t limit = limit_of_stream("max_ack_pending", stream);
  return limit > 0 ? limit : kMaxAckPending;
}

Json max_waiting_in(const Json& config) {
  const std::int64_t most = number("max_waiting", config);
  const bool is_push = is_filled(plain("deliver_subject", config));
  return most > 0 || is_push ? std::max<std::int64_t>(0, most) : kMaxWaiting;
}

Json inactive_threshold_in(const Json& config, const Json& stream) {
  const std::int64_t threshold = number("inactive_threshold", config);
  return std::max<std::int64_t>(
      0, threshold != 0 ? threshold : limit_of_stream("inactive_threshold", stream));
}

/// 0 is "as many as the stream", and not what value_in() makes of it.
Json replicas_in(const Json& config, const Json& stream) {
  const auto found = config.find("num_replicas");
  if (found != config.end() && found->is_number() && *found != 0)
    return *found;
  return stream.contains("num_replicas") ? stream["num_replicas"] : Json(0);
}

Json sample_freq_in(const Json& config) {
  auto text = plain("sample_freq", config).get<std::string>();
  if (text.ends_with('%'))
    text.pop_back();
  return text == "0" ? "" : text;
}

Json priority_timeout_in(const Json& config) {
  const std::int64_t timeout = number("priority_timeout", config);
  return timeout == 0 && plain("priority_policy", config) == "pinned_client" ? kPinnedFor : timeout;
}

/// Negative ones mean none.
Json not_negative(const Field& field, const Json& config) {
  Json value = value_in(field, config);
  // An unsigned one of 2^63 and more is compared as if it were negative (nlohmann-json 3.11).
  return !value.is_number_unsigned() && value < 0 ? Json(0) : value;
}

/// Young fields may be unknown to the server, and an old one must not stumble over what means
/// nothing.
bool is_worth_sending(const Field& field, const Json& config) {
  return field.since == ServerVersion{} || is_set(field, value_in(field, config));
}

bool is_empty(const Json& value) {
  return value.is_null() || (value.is_string() && !is_filled(value)) ||
         (value.is_structured() && value.empty());
}

}  // namespace

Json overlaid_consumer(const Json& actual, const Json& declared) {
  Json config = actual;
  for (const auto& [name, value] : declared.items()) {
    if (name == "filter_subject" || name == "filter_subjects")
      continue;
    const Json before = config.contains(name) ? config[name] : Json{};
    config[name] = value;
    if (name == "metadata" && before.is_object() && value.is_object())
      for (const auto& [key, text] : before.items())
        if (key.starts_with("_nats."))
          config[name][key] = text;
  }
  if (declared.contains("filter_subject") || declared.contains("filter_subjects")) {
    config.erase("filter_subject");
    config["filter_subjects"] = filters_in(declared);
  }
  return config;
}

Json consumer_value_in(const Field& field, const Json& config, const Json& stream) {
  if (field.name == "filter_subjects")
    return filters_in(config);
  if (field.name == "ack_wait")
    return ack_wait_in(config);
  if (field.name == "max_ack_pending")
    return max_ack_pending_in(config, stream);
  if (field.name == "max_waiting")
    return max_waiting_in(config);
  if (field.name == "inactive_threshold")
    return inactive_threshold_in(config, stream);
  if (field.name == "num_replicas")
    return replicas_in(config, stream);
  if (field.name == "sample_freq")
    return sample_freq_in(config);
  if (field.name == "priority_timeout")
    return priority_timeout_in(config);
  const bool is_quantity =
      field.kind == Kind::kInt || field.kind == Kind::kSize || field.kind == Kind::kDuration;
  if (is_quantity && field.default_json == "0")
    return not_negative(field, config);
  return value_in(field, config);
}

Need consumer_need(const Field& field, const Json& value) {
  Need need = need_of(field, value);
  if (field.name == "filter_subjects" && value.size() > 1)
    need = {.name = "several filter_subjects", .since = k210};
  if (field.name == "priority_policy" && value == "prioritized")
    need = {.name = "priority_policy prioritized", .since = k212};
  return need;
}

Json consumer_request(const Json& config) {
  Json request = config;
  const Json filters = filters_in(config);
  request.erase("filter_subject");
  request.erase("filter_subjects");
  if (filters.size() == 1)
    request["filter_subject"] = filters.front();
  else if (!filters.empty())
    request["filter_subjects"] = filters;
  else if (plain("deliver_policy", config) == "last_per_subject")
    request["filter_subject"] = ">";  // no server takes that policy without a filter (10094)
  for (const Field& field : consumer_fields())
    if (const auto found = request.find(field.name);
        found != request.end() && (is_empty(*found) || !is_worth_sending(field, config)))
      request.erase(found);
  // Without a policy the others are refused (10196, 10197).
  if (!request.contains("priority_policy"))
    for (const char* part : {"priority_groups", "priority_timeout"})
      request.erase(part);
  return request;
}

}  // namespace unified::jetstream
