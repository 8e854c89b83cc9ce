#pragma once

#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// Two fields that no stream can have at once, since a server refuses the whole request (10052 and
/// relatives) or quietly turns one of them off.
struct Clash {
  std::string_view one;
  std::string_view other;
  std::string_view why;
};

std::span<const Clash> field_clashes();

/// Whether the field's value takes part in a clash: `discard` only as `new`, a number above its
/// default, a flag that is true …
bool takes_part(std::string_view field, const nlohmann::json& value);

}  // namespace unified::jetstream
