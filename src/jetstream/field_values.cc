// What a field's value means, whoever wrote it: the manifest or a server of any version.
#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/fields.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using Kind = FieldKind;

Json default_of(const Field& field) {
  // Asked for by the ten thousand; only texts are left to the parser.
  if (field.default_json == "false")
    return false;
  if (field.default_json == "0" || field.default_json == "-1")
    return field.default_json == "0" ? 0 : -1;
  if (field.default_json == "{}" || field.default_json == "[]")
    return field.default_json == "{}" ? Json::object() : Json::array();
  return Json::parse(field.default_json, nullptr, false);
}

/// Only the fields that are unsigned have such values (has_shape()).
bool is_beyond_int64(const Json& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
}

bool is_limit(const Field& field) {
  return field.default_json == "-1";
}

Json normal_number(const Field& field, std::int64_t number) {
  if (is_limit(field) && number <= 0)
    return -1;
  if (field.default_json == "1" && number == 0)
    return 1;
  // A stream that begins at 1 begins where every stream does.
  if (field.name == "first_seq" && number == 1)
    return 0;
  return number;
}

Json normal_text(const Field& field, const Json& value) {
  const auto& text = value.get_ref<const std::string&>();
  if (field.kind == Kind::kTime) {
    if (is_zero_time(text))
      return default_of(field);
    if (const auto time = parse_rfc3339(text))
      return format_rfc3339(*time);
  }
  return text.empty() ? default_of(field) : value;
}

Json normal_object(const Field& field, const Json& value) {
  Json object = Json::object();
  for (const Field& member : members_of(field)) {
    Json part = value_in(member, value);
    if (is_set(member, part))
      object[std::string{member.name}] = std::move(part);
  }
  return object;
}

Json normal_list(const Field& field, const Json& value) {
  Json list = Json::array();
  for (const Json& one : value)
    list.push_back(normal_object(field, one));
  return list;
}

Json without_reserved(const Json& value) {
  Json map = Json::object();
  for (const auto& [key, text] : value.items())
    if (!key.starts_with("_nats."))
      map[key] = text;
  return map;
}

Json sorted(const Json& list) {
  auto values = list.get<std::vector<Json>>();
  std::ranges::sort(values);
  return values;
}

std::string show_number(const Field& field, std::int64_t number) {
  if (is_limit(field) && number < 0)
    return "unlimited";
  if (field.kind == Kind::kSize && number >= 1024)
    return fmt::format("{} ({})", number, format_bytes(number));
  if (field.kind != Kind::kDuration)
    return std::to_string(number);
  if (number != 0)
    return format_duration(std::chrono::nanoseconds{number});
  return field.name == "max_age" ? "0 (for ever)" : "0 (none)";
}

}  // namespace

Json normalized(const Field& field, const Json& value) {
  if (value.is_null())
    return default_of(field);
  if (is_beyond_int64(value))
    return value;
  if (value.is_number())
    return normal_number(field, value.get<std::int64_t>());
  if (value.is_string())
    return normal_text(field, value);
  if (field.kind == Kind::kMap && value.is_object())
    return without_reserved(value);
  if (field.kind == Kind::kObject && value.is_object())
    return normal_object(field, value);
  if ((field.kind == Kind::kObjects || field.kind == Kind::kSequence) && value.is_array())
    return normal_list(field, value);
  return value;
}

Json value_in(const Field& field, const Json& config) {
  const auto found = config.find(field.name);
  return found == config.end() ? default_of(field) : normalized(field, *found);
}

bool same_meaning(const Field& field, const Json& a, const Json& b) {
  const bool any_order = field.kind == Kind::kTags || field.kind == Kind::kObjects;
  if (any_order && a.is_array() && b.is_array())
    return a.size() == b.size() && sorted(a) == sorted(b);
  if (field.kind != Kind::kObject || !a.is_object() || !b.is_object())
    return a == b;
  return std::ranges::all_of(members_of(field), [&](const Field& member) {
    return same_meaning(member, value_in(member, a), value_in(member, b));
  });
}

bool is_set(const Field& field, const Json& value) {
  return value != default_of(field);
}

// Members of members: as deep as the table. NOLINTNEXTLINE(misc-no-recursion)
Need need_of(const Field& field, const Json& value) {
  Need need{std::string{field.name}, field.since};
  const auto take = [&](const Json& object) {
    for (const Field& member : members_of(field)) {
      const Json part = value_in(member, object);
      if (!is_set(member, part))
        continue;
      const Need inner = need_of(member, part);
      if (inner.since > need.since)
        need = {fmt::format("{}.{}", field.name, inner.name), inner.since};
    }
  };
  if (value.is_object())
    take(value);
  else if (value.is_array())
    std::ranges::for_each(value, take);
  return need;
}

// Members of members: as deep as the table. NOLINTBEGIN(misc-no-recursion)
static std::string show_object(const Field& field, const Json& value) {
  std::string text;
  for (const Field& member : members_of(field))
    if (const auto part = value.find(member.name); part != value.end())
      text +=
          fmt::format("{}{}: {}", text.empty() ? "" : ", ", member.name, show_value(member, *part));
  return "{" + text + "}";
}

static std::string show_list(const Field& field, const Json& value) {
  std::string text;
  for (const Json& one : value)
    text += (text.empty() ? "" : ", ") + show_object(field, one);
  return "[" + text + "]";
}

static std::string show_durations(const Json& value) {
  std::string text;
  for (const Json& one : value)
    text += (text.empty() ? "" : ", ") +
            format_duration(std::chrono::nanoseconds{one.get<std::int64_t>()});
  return "[" + text + "]";
}

std::string show_value(const Field& field, const Json& value) {
  if (is_beyond_int64(value))
    return std::to_string(value.get<std::uint64_t>());
  if (value.is_number())
    return show_number(field, value.get<std::int64_t>());
  if (value.is_string() && field.kind == Kind::kEnum)
    return value.get<std::string>();
  if (value.is_structured() && value.empty())
    return "none";
  if (field.kind == Kind::kObject && value.is_object())
    return show_object(field, value);
  if (value.is_array() && field.kind == Kind::kDurations)
    return show_durations(value);
  if (value.is_array() && field.members != nullptr)
    return show_list(field, value);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}
// NOLINTEND(misc-no-recursion)

}  // namespace unified::jetstream
