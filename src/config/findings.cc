#include "config/findings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace unified::config {

void Findings::error(std::string_view name,
                     std::string message,
                     std::initializer_list<std::string_view> others) {
  add(Severity::kError, name, std::move(message), others);
}

void Findings::warning(std::string_view name,
                       std::string message,
                       std::initializer_list<std::string_view> others) {
  add(Severity::kWarning, name, std::move(message), others);
}

void Findings::add(Severity severity,
                   std::string_view name,
                   std::string message,
                   std::initializer_list<std::string_view> others) {
  const bool blind = std::ranges::any_of(
      others, [this](std::string_view other) { return values_.at(other).faulty; });
  if (!blind && !values_.at(name).faulty)
    problems_.push_back(problem_of(values_.at(name), severity, std::move(message)));
}

std::string mention(const Values& values, std::string_view name) {
  return fmt::format("{} ({})", name, values.at(name).origin);
}

}  // namespace unified::config
