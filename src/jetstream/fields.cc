#include "jetstream/fields.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 3> kRetention{"limits", "interest", "workqueue"};
constexpr std::array<std::string_view, 2> kDiscard{"old", "new"};
constexpr std::array<std::string_view, 2> kStorage{"file", "memory"};
constexpr std::array<std::string_view, 2> kCompression{"none", "s2"};

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr ServerVersion k210{.major = 2, .minor = 10, .patch = 0};

using Kind = FieldKind;
// One row a line reads as the table that it is: name, kind, default, rule, minimum, maximum,
// values, since. NOLINTBEGIN(modernize-use-designated-initializers)
constexpr std::array kFields{
    Field{"description", Kind::kText, R"("")", classify_safe, 0, 4096, {}, {}},
    Field{"subjects", Kind::kSubjects, "", nullptr, 0, 0, {}, {}},
    Field{"retention", Kind::kEnum, R"("limits")", classify_retention, 0, 0, kRetention, {}},
    Field{"max_consumers", Kind::kInt, "-1", classify_max_consumers, -1, kInt32Max, {}, {}},
    Field{"max_msgs", Kind::kInt, "-1", classify_max_msgs, -1, kInt64Max, {}, {}},
    Field{"max_bytes", Kind::kSize, "-1", classify_max_bytes, -1, kInt64Max, {}, {}},
    Field{"max_age", Kind::kDuration, "0", classify_max_age, 0, kInt64Max, {}, {}},
    Field{"max_msgs_per_subject",
          Kind::kInt,
          "-1",
          classify_max_msgs_per_subject,
          -1,
          kInt64Max,
          {},
          {}},
    Field{"max_msg_size", Kind::kSize, "-1", classify_safe, -1, kInt32Max, {}, {}},
    Field{"discard", Kind::kEnum, R"("old")", classify_discard, 0, 0, kDiscard, {}},
    Field{"discard_new_per_subject", Kind::kBool, "false", classify_safe, 0, 0, {}, {}},
    Field{"storage", Kind::kEnum, R"("file")", classify_storage, 0, 0, kStorage, {}},
    Field{"num_replicas", Kind::kInt, "1", classify_replicas, 1, 5, {}, {}},
    Field{"duplicate_window", Kind::kDuration, "120000000000", classify_safe, 0, kInt64Max, {}, {}},
    Field{"compression", Kind::kEnum, R"("none")", classify_safe, 0, 0, kCompression, k210},
    Field{"no_ack", Kind::kBool, "false", classify_safe, 0, 0, {}, {}},
    Field{"allow_direct", Kind::kBool, "false", classify_safe, 0, 0, {}, {}},
    Field{"allow_rollup_hdrs", Kind::kBool, "false", classify_safe, 0, 0, {}, {}},
    Field{"deny_delete", Kind::kBool, "false", classify_deny, 0, 0, {}, {}},
    Field{"deny_purge", Kind::kBool, "false", classify_deny, 0, 0, {}, {}},
};
// NOLINTEND(modernize-use-designated-initializers)

constexpr std::array<std::string_view, 19> kLaterFields{"mirror",
                                                        "sources",
                                                        "republish",
                                                        "placement",
                                                        "metadata",
                                                        "sealed",
                                                        "first_seq",
                                                        "subject_transform",
                                                        "consumer_limits",
                                                        "mirror_direct",
                                                        "allow_msg_ttl",
                                                        "subject_delete_marker_ttl",
                                                        "allow_atomic",
                                                        "allow_msg_counter",
                                                        "allow_batched",
                                                        "allow_msg_schedules",
                                                        "persist_mode",
                                                        "template_owner",
                                                        "allow_atomic_publish"};

bool is_limit(const Field& field) {
  return field.default_json == "-1";
}

std::string show_number(const Field& field, std::int64_t number) {
  if (is_limit(field) && number < 0)
    return "unlimited";
  if (field.kind == Kind::kSize && number >= 1024)
    return fmt::format("{} ({})", number, format_bytes(number));
  if (field.kind != Kind::kDuration)
    return std::to_string(number);
  return number == 0 ? "0 (for ever)" : format_duration(std::chrono::nanoseconds{number});
}

}  // namespace

std::span<const Field> stream_fields() {
  return kFields;
}

const Field* find_field(std::string_view name) {
  const auto* found = std::ranges::find(kFields, name, &Field::name);
  return found == kFields.end() ? nullptr : found;
}

std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names;
  names.reserve(kFields.size());
  for (const Field& field : kFields)
    names.push_back(field.name);
  return names;
}

bool is_later_field(std::string_view name) {
  return std::ranges::find(kLaterFields, name) != kLaterFields.end();
}

nlohmann::json normalized(const Field& field, const nlohmann::json& value) {
  if (value.is_null())
    return nlohmann::json::parse(field.default_json, nullptr, false);
  if (value.is_number() && is_limit(field) && value.get<std::int64_t>() <= 0)
    return -1;
  // 0 asks the server for its default; the plan never sends that as "no window" or "no copies".
  const bool zero = value.is_number() && value.get<std::int64_t>() == 0;
  if (zero && (field.name == "num_replicas" || field.name == "duplicate_window"))
    return nlohmann::json::parse(field.default_json);
  if (value.is_number())
    return value.get<std::int64_t>();
  return value;
}

nlohmann::json value_in(const Field& field, const nlohmann::json& config) {
  const auto found = config.find(field.name);
  return normalized(field, found == config.end() ? nlohmann::json{} : *found);
}

std::string show_value(const Field& field, const nlohmann::json& value) {
  if (value.is_number())
    return show_number(field, value.get<std::int64_t>());
  if (value.is_string() && field.kind == Kind::kEnum)
    return value.get<std::string>();
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace unified::jetstream
