#include "jetstream/manifest_fields.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "base/parse.h"
#include "jetstream/manifest_values.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {

using Json = nlohmann::json;

namespace {

bool is_plain_duration(const Field& field, std::string_view text) {
  return (field.kind == FieldKind::kDuration || field.kind == FieldKind::kDurations) &&
         parse_int(trim(text)).has_value();
}

}  // namespace

std::string did_you_mean(const std::string& word, const std::vector<std::string_view>& names) {
  const auto near = nearest(word, names);
  return near ? fmt::format(" (did you mean {}?)", *near) : "";
}

void FieldReader::fail(const YAML::Node& node, const std::string& what) {
  errors_.push_back(fmt::format("{}: {}", position(node), what));
}

void FieldReader::warn(const YAML::Node& node, const std::string& what) {
  manifest_.warnings.push_back(fmt::format("{}: {}", position(node), what));
}

bool FieldReader::is_unset(const YAML::Node& node) const {
  return dialect_.by_tools && (node.IsNull() || (node.IsScalar() && node.Scalar().empty()));
}

std::string FieldReader::position(const YAML::Node& node) const {
  return fmt::format("{}:{}", source_.file, std::max(0, node.Mark().line) + 1);
}

std::optional<std::string> FieldReader::read_key(const YAML::Node& key,
                                                 std::set<std::string>& seen) {
  if (!key.IsScalar()) {
    fail(key, "a key must be plain text");
    return std::nullopt;
  }
  if (!seen.insert(key.Scalar()).second) {
    fail(key, fmt::format("key {} twice", shown(key.Scalar())));
    return std::nullopt;
  }
  return key.Scalar();
}

std::optional<std::string> FieldReader::text_of(const YAML::Node& node, std::string_view what) {
  if (!node.IsScalar()) {
    fail(node, fmt::format("{}: {}", what, node.IsNull() ? "has no value" : "expected one value"));
    return std::nullopt;
  }
  auto text = substituted(node.Scalar(), source_.variables, manifest_.used_variables);
  if (text)
    return std::move(*text);
  fail(node, fmt::format("{}: {}", what, text.error().message));
  return std::nullopt;
}

std::optional<Json> FieldReader::read(const Field& field, const YAML::Node& node) {
  switch (field.kind) {
    case FieldKind::kSubjects:
    case FieldKind::kTags:
      return read_texts(field, node);
    case FieldKind::kDurations:
      return read_durations(field, node);
    case FieldKind::kMap:
      return read_map(field, node);
    case FieldKind::kObject:
      return read_object(field, node);
    case FieldKind::kObjects:
    case FieldKind::kSequence:
      return read_list(field, node);
    case FieldKind::kInt:
    case FieldKind::kSize:
    case FieldKind::kDuration:
    case FieldKind::kBool:
    case FieldKind::kEnum:
    case FieldKind::kText:
    case FieldKind::kTime:
      break;
  }
  return read_scalar(field, node);
}

std::string FieldReader::with_unit(const Field& field, const std::string& text) const {
  const bool adds = dialect_.plain_durations == Dialect::PlainDurations::kNanoseconds &&
                    is_plain_duration(field, text);
  return adds ? fmt::format("{}ns", trim(text)) : text;
}

std::optional<Json> FieldReader::read_scalar(const Field& field, const YAML::Node& node) {
  const auto text = text_of(node, field.name);
  if (!text)
    return std::nullopt;
  if (is_plain_duration(field, *text) &&
      dialect_.plain_durations == Dialect::PlainDurations::kRefused && trim(*text) != "0") {
    fail(node, fmt::format("{}: {} needs a unit: 90s, 1h30m, 72h", field.name, shown(*text)));
    return std::nullopt;
  }
  auto value = parse_field_value(field, with_unit(field, *text));
  if (value)
    return std::move(*value);
  fail(node, value.error().message);
  return std::nullopt;
}

std::optional<Json> FieldReader::read_durations(const Field& field, const YAML::Node& node) {
  if (!node.IsSequence()) {
    fail(node, fmt::format("{}: expected a list of durations; [] means none", field.name));
    return std::nullopt;
  }
  Json list = Json::array();
  for (const auto& one : node)
    if (auto value = read_scalar(field, one))
      list.push_back(std::move(*value));
  return list;
}

Json FieldReader::read_texts(const Field& field, const YAML::Node& node) {
  std::vector<std::string> texts;
  if (!node.IsSequence()) {
    add_texts(field, node, texts);
    return texts;
  }
  for (const auto& one : node)
    add_texts(field, one, texts);
  return texts;
}

void FieldReader::add_texts(const Field& field,
                            const YAML::Node& node,
                            std::vector<std::string>& texts) {
  const auto variable = node.IsScalar() ? lone_variable(node.Scalar()) : std::nullopt;
  const auto list = source_.variables.lists.find(variable.value_or(""));
  if (list != source_.variables.lists.end()) {
    manifest_.used_variables.insert(list->first);
    texts.insert(texts.end(), list->second.begin(), list->second.end());
  } else if (const auto text = text_of(node, field.name)) {
    if (!is_utf8(*text))
      fail(node, fmt::format("{}: not UTF-8", field.name));
    texts.push_back(*text);
  }
}

std::optional<Json> FieldReader::read_map(const Field& field, const YAML::Node& node) {
  if (!node.IsMap()) {
    fail(node, fmt::format("{}: expected a map of names to texts", field.name));
    return std::nullopt;
  }
  Json map = Json::object();
  std::set<std::string> seen;
  std::size_t bytes = 0;
  for (const auto& pair : node) {
    const auto key = read_key(pair.first, seen);
    if (!key)
      continue;
    if (key->starts_with("_nats.") && dialect_.by_tools)
      continue;
    if (key->starts_with("_nats."))
      fail(pair.first, fmt::format("{}: {} is the server's own", field.name, shown(*key)));
    const auto text = text_of(pair.second, fmt::format("{}: {}", field.name, shown(*key)));
    if (!is_utf8(*key) || (text && !is_utf8(*text)))
      fail(pair.first, fmt::format("{}: not UTF-8", field.name));
    bytes += key->size() + (text ? text->size() : 0);
    map[*key] = text.value_or("");
  }
  if (static_cast<std::int64_t>(bytes) > field.maximum)
    fail(node, fmt::format("{}: {} bytes, nats-server takes at most {}", field.name, bytes,
                           field.maximum));
  return map;
}

// The table is three levels deep. NOLINTNEXTLINE(misc-no-recursion)
std::optional<Json> FieldReader::read_object(const Field& field, const YAML::Node& node) {
  const auto members = members_of(field);
  const bool has_name = members.front().name == "name";
  if (node.IsScalar() && has_name) {  // `mirror: ORDERS` for `mirror: {name: ORDERS}`
    auto name = read(members.front(), node);
    return name ? std::optional<Json>{Json::object({{"name", std::move(*name)}})} : std::nullopt;
  }
  if (!node.IsMap()) {
    fail(node, fmt::format("{}: expected a map of {}; {{}} means none", field.name,
                           fmt::join(field_names(members), ", ")));
    return std::nullopt;
  }
  Json object = Json::object();
  std::set<std::string> seen;
  for (const auto& pair : node) {
    const auto key = read_key(pair.first, seen);
    if (!key || is_unset(pair.second))
      continue;
    const auto member = std::ranges::find(members, *key, &Field::name);
    if (member == members.end())
      fail(pair.first, fmt::format("{}: unknown field {}{}", field.name, shown(*key),
                                   did_you_mean(*key, field_names(members))));
    else if (auto value = read(*member, pair.second))
      object[*key] = std::move(*value);
  }
  return object;
}

// NOLINTNEXTLINE(misc-no-recursion): as above
std::optional<Json> FieldReader::read_list(const Field& field, const YAML::Node& node) {
  if (!node.IsSequence()) {
    fail(node, fmt::format("{}: expected a list; [] means none", field.name));
    return std::nullopt;
  }
  Json list = Json::array();
  for (const auto& one : node)
    if (auto object = read_object(field, one))
      list.push_back(std::move(*object));
  return list;
}

}  // namespace unified::jetstream
