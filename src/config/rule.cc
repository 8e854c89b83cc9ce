#include "config/rule.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::config {
namespace {

struct Bounds {
  std::string_view low;
  std::string_view high;
};

/// `a..b`, or a single value as both ends.
Bounds bounds_of(std::string_view part) {
  const std::size_t dots = part.find("..");
  if (dots == std::string_view::npos)
    return {.low = part, .high = part};
  return {.low = part.substr(0, dots), .high = part.substr(dots + 2)};
}

std::string part_text(std::string_view part) {
  const Bounds bounds = bounds_of(part);
  if (bounds.low == bounds.high)
    return std::string{part};
  if (bounds.high.empty())
    return fmt::format("{} or more", bounds.low);
  return fmt::format("{} to {}", bounds.low, bounds.high);
}

}  // namespace

std::optional<std::int64_t> number_of(Type type, std::string_view text) {
  switch (type) {
    case Type::kSize:
      return text.starts_with('-') ? parse_int(text) : parse_size(text);
    case Type::kDockerSize:
      return parse_docker_size(text);
    case Type::kDuration:
    case Type::kSyncInterval: {
      const auto duration = parse_duration(text);
      return duration ? std::optional{std::int64_t{duration->count()}} : std::nullopt;
    }
    default:
      return parse_int(text);
  }
}

std::vector<std::string> rule_words(std::string_view rule) {
  return split_list(rule, '|');
}

bool within_rule(const Variable& variable, std::int64_t value) {
  const auto parts = rule_words(variable.rule);
  return parts.empty() || std::ranges::any_of(parts, [&](const std::string& part) {
           const Bounds bounds = bounds_of(part);
           const auto low = number_of(variable.type, bounds.low);
           const auto high = number_of(variable.type, bounds.high);
           return low && value >= *low && (bounds.high.empty() || (high && value <= *high));
         });
}

std::string rule_text(const Variable& variable) {
  const auto parts = rule_words(variable.rule);
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0)
      text += i + 1 == parts.size() ? " or " : ", ";
    text += part_text(parts[i]);
  }
  return text;
}

}  // namespace unified::config
