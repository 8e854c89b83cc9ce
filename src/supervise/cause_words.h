#pragma once

#include <optional>
#include <string>
#include <vector>

#include "supervise/cause.h"

namespace unified::supervise {

/// What nats-server's own words say (2.9 to 2.15, seen with real servers), held against the second
/// source; nothing when they say nothing. Pure, as all here.
std::optional<Cause> cause_in_its_words(const Evidence& evidence);

/// Of a start that did not get as far as a process.
Cause cause_of_spawn_error(const Evidence& evidence);

/// A shutdown in order was begun.
bool said_that_it_stops(const std::vector<std::string>& said);

/// Whether a line of nats-server's is one that causes are found from, so that it must not be pushed
/// out by others.
bool is_telling(std::string_view text);

}  // namespace unified::supervise
