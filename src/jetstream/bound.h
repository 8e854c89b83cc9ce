#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// The subjects of a configuration as the server or the manifest has them; empty when there are
/// none.
std::vector<std::string> subjects_of(const nlohmann::json& config);

/// The declared subjects that their own stream does not capture, in manifest order: neither listed
/// nor covered by a wider pattern of that stream; and "stream X" for one that has none to declare
/// (a mirror) and is missing. Empty: ready, as far as subjects go.
std::vector<std::string> unbound_subjects(const std::vector<StreamSpec>& desired,
                                          const std::vector<StreamState>& actual);

/// The same for one stream; null: the server does not have it.
std::vector<std::string> unbound_subjects(const StreamSpec& spec, const StreamState* actual);

/// Says who stores these subjects instead: "no stream stores a.>, b.>; c.> is stored by stream X,
/// not by the one that declares it". Empty when there are none. Pure.
std::string where_unbound(const std::vector<std::string>& unbound,
                          const std::vector<StreamState>& actual);

/// Why a stream that is there takes no message, or acknowledges none, though it was not declared so
/// (`sealed`, `no_ack`), with the way out; empty: it does both. No client can mend either. Pure.
std::string why_unusable(const StreamSpec& spec, const StreamState& actual);

/// Refers to the streams it was made from.
using StatesByName = std::map<std::string_view, const StreamState*>;
StatesByName states_by_name(const std::vector<StreamState>& streams);
/// Null when there is none of that name.
const StreamState* find_state(const StatesByName& states, std::string_view name);

}  // namespace unified::jetstream
