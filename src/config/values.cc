#include "config/values.h"

#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "base/scrub.h"
#include "config/rule.h"

namespace unified::config {

std::string shown(const Value& value) {
  if (value.text.empty() || !value.variable->hidden())
    return value.text;
  return value.variable->is(kUserinfo) ? without_userinfo(value.text) : "***";
}

Values::Values() {
  for (const Group& group : variable_groups())
    for (const Variable& variable : group.variables) {
      index_.emplace(variable.name, values_.size());
      values_.push_back(
          {&variable, std::string{variable.default_text}, "default", false, false, {}});
    }
}

bool Values::boolean(std::string_view name) const {
  return parse_bool(text(name)).value_or(false);
}

std::int64_t Values::number(std::string_view name) const {
  const Value& value = at(name);
  return number_of(value.variable->type, value.text).value_or(0);
}

int Values::small_number(std::string_view name) const {
  return static_cast<int>(number(name));
}

std::string Values::word(std::string_view name) const {
  return to_lower(text(name));
}

std::vector<std::string> Values::list(std::string_view name) const {
  return split_list(text(name));
}

void Values::replace_default(std::string_view name, std::string text, std::string_view because) {
  Value& value = at(name);
  value.text = std::move(text);
  value.origin = fmt::format("default, {}", because);
}

Problem problem_of(const Value& value, Severity severity, std::string message) {
  std::string text = value.variable->hidden() && value.set ? "***" : value.text;
  return {.severity = severity,
          .variable = std::string{value.variable->name},
          .origin = value.origin,
          .value = std::move(text),
          .message = std::move(message)};
}

}  // namespace unified::config
