#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jetstream/manifest.h"

namespace unified::jetstream {

/// Text of a user in a message: in quotes, cut at 80 bytes, control bytes as `\xHH`.
std::string shown(std::string_view text);

/// "NAME" when the whole text is exactly `${NAME}`.
std::optional<std::string> lone_variable(std::string_view text);

/// Puts the values in for every `${NAME}` and notes the names in `used`; `$${` stands for `${`.
/// Values are never looked at again, so nothing in one can become YAML or another variable. Errors:
/// unknown name (with the nearest), secret, list, `${` without end.
Result<std::string> substituted(std::string_view text,
                                const ManifestVariables& variables,
                                std::set<std::string>& used);

/// The text that substituted() makes `text` of again.
std::string without_variables(std::string_view text);

}  // namespace unified::jetstream
