#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// The one subject that a stream has while it is moved, below which nobody publishes but us:
/// "unified-migrating.X".
std::string parked_subject(const std::string& stream);
bool is_parked(const nlohmann::json& config);
/// A configuration that nobody publishes to and that drops nothing by itself: parked, and no
/// message grows too old meanwhile.
nlohmann::json parked_config(nlohmann::json config);
/// For a stream in memory that its messages are published into: takes what comes under
/// parked_subject(), under the rest of the subject, and drops nothing.
nlohmann::json loading_config(nlohmann::json config);
/// What fills the place of a deleted message meanwhile (below parked_subject()).
inline constexpr const char* kFillerSubject = "unified-migrating-filler";

}  // namespace unified::jetstream
