#pragma once

#include <string_view>

#include "health/assess.h"

namespace unified::health {

/// How far the server is from its own limits, by the JSON of its /varz: connections, JetStream's
/// files and memory; and clients that are too slow. Pure.
Check resources_check(std::string_view varz);

/// What to do about a check of this name that did not pass; empty for one that did. Pure.
std::string advice(const Check& check);

}  // namespace unified::health
