#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace unified {

/// The candidate that `word` was probably meant to be: the smallest edit distance (Levenshtein,
/// case ignored), at most a third of the word's length and at least 1. When none is that near, the
/// only one that it can be short for ("dupe_window" for duplicate_window). Else nothing.
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

}  // namespace unified
