#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/variables.h"

namespace unified::config {

/// A number, size (bytes, -1 too) or duration (nanoseconds) as the type reads it; nothing if the
/// text isn't one.
std::optional<std::int64_t> number_of(Type type, std::string_view text);

/// The words of a rule such as `limits|interest|workqueue`.
std::vector<std::string> rule_words(std::string_view rule);

/// Whether a number, size or duration lies within the variable's rule (variables.h); `value` is in
/// the type's unit: itself, bytes, nanoseconds.
bool within_rule(const Variable& variable, std::int64_t value);

/// The rule for people: `1 to 64MB`, `0, or 100ms or more`, `limits, interest or workqueue`.
std::string rule_text(const Variable& variable);

}  // namespace unified::config
