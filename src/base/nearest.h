#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace unified {

/// The candidate that `word` was probably meant to be: the smallest edit distance (Levenshtein,
/// case ignored), at most a third of the word's length and at least 1. Nothing when no candidate is
/// that near.
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

}  // namespace unified
