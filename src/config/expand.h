#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unified::config {

struct Expanded {
  std::string text;
  bool has_unset = false;  ///< a name was used without a default and gave nothing
};

/// Replaces `$NAME` and `${NAME…}` as Docker Compose does (see parse_dotenv); `$$` gives `$`. The
/// error says what is wrong without any of the text: what looks like a name may be a piece of a
/// password with a $ in it.
Result<Expanded> expand(
    std::string_view text,
    const std::function<std::optional<std::string>(const std::string&)>& lookup);

/// Letters, digits and `_`, not beginning with a digit.
bool is_variable_name(std::string_view text);

/// How many characters of a variable name stand at the start of `text`.
std::size_t variable_name_length(std::string_view text);

}  // namespace unified::config
