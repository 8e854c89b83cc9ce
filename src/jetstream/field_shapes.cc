#include <algorithm>

#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

bool is_text(const Json& value) {
  return value.is_string();
}

bool is_whole_number(const Json& value) {
  return value.is_number_integer();
}

bool fits_int64(const Json& value) {
  return !value.is_number_unsigned() ||
         value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
}

// Members of members: as deep as the table. NOLINTBEGIN(misc-no-recursion)
bool is_object_of(const Field& field, const Json& value) {
  return value.is_object() && std::ranges::all_of(members_of(field), [&](const Field& member) {
           const auto found = value.find(member.name);
           return found == value.end() || has_shape(member, *found);
         });
}

bool is_list_of(const Field& field, const Json& value) {
  return value.is_array() &&
         std::ranges::all_of(value, [&](const Json& one) { return is_object_of(field, one); });
}

}  // namespace

bool has_shape(const Field& field, const Json& value) {
  if (value.is_null())
    return true;
  switch (field.kind) {
    case FieldKind::kInt:
    case FieldKind::kSize:
    case FieldKind::kDuration:
      return is_whole_number(value) && (field.is_unsigned || fits_int64(value));
    case FieldKind::kBool:
      return value.is_boolean();
    case FieldKind::kEnum:
    case FieldKind::kText:
    case FieldKind::kTime:
      return value.is_string();
    case FieldKind::kSubjects:
    case FieldKind::kTags:
      return value.is_array() && std::ranges::all_of(value, is_text);
    case FieldKind::kDurations:
      return value.is_array() && std::ranges::all_of(value, is_whole_number) &&
             std::ranges::all_of(value, fits_int64);
    case FieldKind::kMap:
      return value.is_object() && std::ranges::all_of(value, is_text);
    case FieldKind::kObject:
      return is_object_of(field, value);
    case FieldKind::kObjects:
    case FieldKind::kSequence:
      return is_list_of(field, value);
  }
  return false;
}
// NOLINTEND(misc-no-recursion)

}  // namespace unified::jetstream
