#pragma once

#include <string_view>
#include <vector>

namespace unified {

/// The parts of `text` between the separators, empty ones too: at least one.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace unified
