#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/variables.h"

namespace unified::config {

/// What is wrong with this text for this variable alone and what would be accepted; nothing if it
/// is right. Never holds the text of a hidden variable. `text` is not empty.
std::optional<std::string> fault(const Variable& variable, std::string_view text);

}  // namespace unified::config
