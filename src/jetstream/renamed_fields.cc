#include "jetstream/renamed_fields.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

const Field* member_named(const Field& object, std::string_view name) {
  const auto members = members_of(object);
  const auto found = std::ranges::find(members, name, &Field::name);
  return found == members.end() ? nullptr : &*found;
}

/// The rest of this file is as deep as the table of fields. NOLINTBEGIN(misc-no-recursion)
class Renamed {
 public:
  Renamed(FieldReader& fields, std::span<const FieldName> names) : fields_(fields), names_(names) {}

  template <typename Find>
  bool read_key(const Find& find,
                const std::string& key,
                const YAML::Node& value,
                Json& object) const {
    const auto name = std::ranges::find(names_, key, &FieldName::theirs);
    if (name == names_.end())
      return false;
    if (fields_.is_unset(value))
      return true;
    const std::size_t dot = name->ours.find('.');
    const std::string outer{name->ours.substr(0, dot)};
    const Field* field = find(outer);
    Json* target = &object;
    if (field != nullptr && dot != std::string_view::npos) {
      target = &object[outer];
      field = member_named(*field, name->ours.substr(dot + 1));
    }
    if (field == nullptr)
      return false;
    Field called = *field;
    called.name = name->theirs;
    if (auto result = read_value(called, *name, value))
      (*target)[std::string{field->name}] = std::move(*result);
    return true;
  }

 private:
  [[nodiscard]] std::optional<Json> read_value(const Field& field,
                                               const FieldName& name,
                                               const YAML::Node& value) const {
    if (name.members.empty())
      return fields_.read(field, value);
    if (field.kind == FieldKind::kObject)
      return read_object(field, name, value);
    if (!value.IsSequence()) {
      fields_.fail(value, fmt::format("{}: expected a list; [] means none", field.name));
      return std::nullopt;
    }
    Json list = Json::array();
    for (const auto& one : value)
      if (auto object = read_object(field, name, one))
        list.push_back(std::move(*object));
    return list;
  }

  [[nodiscard]] std::optional<Json> read_object(const Field& field,
                                                const FieldName& name,
                                                const YAML::Node& value) const {
    if (!value.IsMap()) {
      fields_.fail(value, fmt::format("{}: expected a map", field.name));
      return std::nullopt;
    }
    const Renamed inner{fields_, name.members};
    Json object = Json::object();
    std::set<std::string> seen;
    for (const auto& pair : value) {
      const auto key = fields_.read_key(pair.first, seen);
      if (key && !inner.read_key([&](const auto& wanted) { return member_named(field, wanted); },
                                 *key, pair.second, object))
        fields_.fail(pair.first, fmt::format("{}: unknown field {}{}", field.name, shown(*key),
                                             did_you_mean(*key, their_names(name.members))));
    }
    return object;
  }

  FieldReader& fields_;
  std::span<const FieldName> names_;
};
// NOLINTEND(misc-no-recursion)

}  // namespace

std::vector<std::string_view> their_names(std::span<const FieldName> names) {
  std::vector<std::string_view> theirs;
  theirs.reserve(names.size());
  for (const FieldName& name : names)
    theirs.push_back(name.theirs);
  return theirs;
}

bool read_renamed(FieldReader& fields,
                  const Naming& naming,
                  const std::string& key,
                  const YAML::Node& value,
                  nlohmann::json& object) {
  return Renamed{fields, naming.names}.read_key(naming.find, key, value, object);
}

}  // namespace unified::jetstream
