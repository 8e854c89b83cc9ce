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
/// `now`, the configuration of a stream, sealed with the subject that only a migration gives:
/// nothing can be stored in it any more, which can't be undone, and nothing feeds it.
nlohmann::json sealed_config(nlohmann::json now);
/// `wanted` for a stream that has the configuration `now`: one that is sealed stays so.
nlohmann::json opened_config(nlohmann::json wanted, const nlohmann::json& now);
/// What to tell of a stream that has no subject but the one that a migration gives.
std::string parked_note(const std::string& stream);
/// What a parked stream is to become that has the configuration `now`, where `wanted` has what
/// parking took away: whatever else somebody has changed since stays as it is.
nlohmann::json unparked_config(nlohmann::json now, const nlohmann::json& wanted);
/// For a stream in memory that its messages are published into: takes what comes under
/// parked_subject(), under the rest of the subject, and drops nothing.
nlohmann::json loading_config(nlohmann::json config);
/// What fills the place of a deleted message meanwhile (below parked_subject()).
inline constexpr const char* kFillerSubject = "unified-migrating-filler";

}  // namespace unified::jetstream
