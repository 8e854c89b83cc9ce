#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unified::config {

/// The names of the profiles, env/.env.NAME: ready-made settings for a kind of use.
std::vector<std::string_view> profile_names();

/// A commented .env that sets what the profile `name` is about and leaves the rest at its default;
/// nothing if there is no such profile.
std::optional<std::string> to_profile(std::string_view name);

}  // namespace unified::config
