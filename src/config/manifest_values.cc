#include "config/manifest_values.h"

#include <chrono>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/rule.h"
#include "config/url.h"

namespace unified::config {
namespace {

std::string duration_text(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (nanoseconds % kSecond == 0)
    return fmt::format("{}", nanoseconds / kSecond);
  return format_duration(std::chrono::nanoseconds{nanoseconds});
}

/// As a manifest takes it: plain bytes, plain seconds (or with units), lower-case words, true or
/// false.
std::string normalised(const Value& value) {
  const Type type = value.variable->type;
  const auto number = number_of(type, value.text);
  switch (type) {
    case Type::kBool:
      return parse_bool(value.text) == true ? "true" : "false";
    case Type::kInt:
    case Type::kSize:
    case Type::kDockerSize:
      return number ? fmt::format("{}", *number) : value.text;
    case Type::kDuration:
      return number ? duration_text(*number) : value.text;
    case Type::kWord:
      return to_lower(value.text);
    case Type::kSubjects:
      return fmt::format("{}", fmt::join(split_list(value.text), ","));
    default:
      return value.text;
  }
}

void add_manifest_value(const Value& value, Settings& settings) {
  const std::string name{value.variable->name};
  if (value.variable->hidden() || !value.variable->ours())
    return;
  settings.manifest_variables[name] = normalised(value);
  if (value.variable->type == Type::kSubjects)
    settings.manifest_lists[name] = split_list(value.text);
  if (value.variable->is(kManifest) && value.set)
    settings.manifest_variables_set.push_back(name);
}

}  // namespace

void add_tables(const Values& values, Settings& settings) {
  for (const Value& value : values.all()) {
    settings.values.push_back({std::string{value.variable->name}, shown(value), value.origin});
    add_manifest_value(value, settings);
  }
  settings.secrets = secrets_of(values);
}

std::vector<std::string> secrets_of(const Values& values) {
  std::vector<std::string> secrets;
  for (const Value& value : values.all())
    for (const std::string& text : {value.text, value.refused}) {
      if (!value.variable->hidden() || text.empty())
        continue;
      if (value.variable->is(kSecret))
        secrets.push_back(text);
      std::vector<std::string> urls = split_list(text);
      if (text == value.refused)
        urls.push_back(text);  // a comma in a password splits it
      for (const std::string& url : urls)
        for (std::string& secret : url_secrets(url))
          secrets.push_back(std::move(secret));
    }
  return secrets;
}

}  // namespace unified::config
