#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "jetstream/fields.h"

namespace unified::jetstream {

/// A scalar of the manifest as the API wants it (nanoseconds, bytes, true). Errors say what would
/// be accepted. Only for scalars.
Result<nlohmann::json> parse_field_value(const Field& field, std::string_view text);

}  // namespace unified::jetstream
