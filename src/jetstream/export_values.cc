#include <chrono>
#include <utility>

#include "jetstream/export_forms.h"
#include "jetstream/yaml_text.h"

namespace unified::jetstream {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson written_duration(const nlohmann::json& value) {
  return go_duration(std::chrono::nanoseconds{value.get<std::int64_t>()});
}

// Members of members: as deep as the table. NOLINTBEGIN(misc-no-recursion)
OrderedJson written_object(const Field& field, const nlohmann::json& value, ShowText show_text) {
  OrderedJson object = OrderedJson::object();
  for (const Field& member : members_of(field))
    if (const auto part = value.find(member.name); part != value.end())
      object[std::string{member.name}] = written_value(member, *part, show_text);
  return object;
}

OrderedJson written_list(const Field& field, const nlohmann::json& value, ShowText show_text) {
  OrderedJson list = OrderedJson::array();
  for (const auto& one : value)
    if (field.kind == FieldKind::kDurations)
      list.push_back(written_duration(one));
    else if (one.is_string())
      list.push_back(show_text(one.get<std::string>()));
    else
      list.push_back(written_object(field, one, show_text));
  return list;
}

}  // namespace

OrderedJson written_value(const Field& field, const nlohmann::json& value, ShowText show_text) {
  if (field.kind == FieldKind::kDuration)
    return written_duration(value);
  if (value.is_array())
    return written_list(field, value, show_text);
  if (field.kind == FieldKind::kMap) {
    OrderedJson map = OrderedJson::object();
    for (const auto& [key, text] : value.items())
      map[key] = show_text(text.get<std::string>());
    return map;
  }
  if (value.is_object())
    return written_object(field, value, show_text);
  if (value.is_string())
    return show_text(value.get<std::string>());
  return value;
}
// NOLINTEND(misc-no-recursion)

}  // namespace unified::jetstream
