#include "jetstream/manifest_values.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "base/parse.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

using Read = Result<nlohmann::json>;

Read in_range(const Field& field, std::string_view text, std::int64_t value) {
  if (value < field.minimum || value > field.maximum)
    return Error{fmt::format("{}: {} is out of range, {} to {}", field.name, shown(text),
                             field.minimum, field.maximum)};
  return nlohmann::json(value);
}

Read parse_number(const Field& field, std::string_view text) {
  if (const auto large = field.is_unsigned ? parse_unsigned(text) : std::nullopt)
    return nlohmann::json(*large);
  const auto value = parse_int(text);
  if (!value)
    return Error{fmt::format("{}: {} is not a whole number", field.name, shown(text))};
  return in_range(field, text, *value);
}

Read parse_bytes(const Field& field, std::string_view text) {
  if (text == "-1")
    return nlohmann::json(-1);
  const auto value = parse_size(text);
  if (!value)
    return Error{fmt::format("{}: {} is not a size: bytes, 512MB, 1GiB … or -1 for no limit",
                             field.name, shown(text))};
  return in_range(field, text, *value);
}

Read parse_time(const Field& field, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value)
    return Error{fmt::format("{}: {} is not a duration: seconds, 90s, 2h, 1h30m, 7d …", field.name,
                             shown(text))};
  const std::int64_t nanoseconds = value->count();
  if (nanoseconds != 0 && nanoseconds < field.minimum)
    return Error{fmt::format("{}: {} is shorter than nats-server takes ({})", field.name,
                             shown(text),
                             format_duration(std::chrono::nanoseconds{field.minimum}))};
  return nlohmann::json(nanoseconds);
}

Read parse_flag(const Field& field, std::string_view text) {
  const auto value = parse_bool(text);
  if (!value)
    return Error{fmt::format("{}: {} is neither true nor false", field.name, shown(text))};
  return nlohmann::json(*value);
}

Read parse_choice(const Field& field, std::string_view text) {
  const std::string lower = to_lower(text);
  if (std::ranges::find(field.values, lower) != field.values.end())
    return nlohmann::json(lower);
  const auto near = nearest(lower, field.values);
  return Error{fmt::format("{}: {} is none of {}{}", field.name, shown(text),
                           fmt::join(field.values, ", "),
                           near ? fmt::format(" (did you mean {}?)", *near) : "")};
}

Read parse_text(const Field& field, std::string_view text) {
  if (!is_utf8(text))
    return Error{fmt::format("{}: not UTF-8", field.name)};
  if (static_cast<std::int64_t>(text.size()) > field.maximum)
    return Error{fmt::format("{}: {} bytes, nats-server takes at most {}", field.name, text.size(),
                             field.maximum)};
  return nlohmann::json(std::string{text});
}

Read parse_moment(const Field& field, std::string_view text) {
  if (is_zero_time(text))
    return nlohmann::json("");
  const auto moment = parse_rfc3339(text);
  if (!moment)
    return Error{
        fmt::format("{}: {} is not a time like 2026-11-21T12:00:00Z", field.name, shown(text))};
  return nlohmann::json(format_rfc3339(*moment));
}

}  // namespace

Result<nlohmann::json> parse_field_value(const Field& field, std::string_view text) {
  switch (field.kind) {
    case FieldKind::kInt:
      return parse_number(field, trim(text));
    case FieldKind::kSize:
      return parse_bytes(field, trim(text));
    case FieldKind::kDuration:
    case FieldKind::kDurations:  // one of the list
      return parse_time(field, trim(text));
    case FieldKind::kBool:
      return parse_flag(field, trim(text));
    case FieldKind::kEnum:
      return parse_choice(field, trim(text));
    case FieldKind::kTime:
      return parse_moment(field, trim(text));
    case FieldKind::kText:
    case FieldKind::kSubjects:
    case FieldKind::kTags:
    case FieldKind::kMap:
    case FieldKind::kObject:
    case FieldKind::kObjects:
    case FieldKind::kSequence:
      break;
  }
  return parse_text(field, text);
}

}  // namespace unified::jetstream
