#pragma once

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jetstream/plan.h"

namespace unified::jetstream {

/// The names of the fields in which two whole configurations of a stream differ by meaning. Pure.
std::set<std::string> fields_between(const nlohmann::json& one, const nlohmann::json& other);

/// The fields of a stream that differ between what was read right before an update (`before`) and
/// what the server has afterwards, though the update meant other ones (`meant`): somebody else's
/// doing. What the server changes by itself because of a field that was meant is left out. Pure.
std::vector<FieldChange> unmeant_changes(const nlohmann::json& before,
                                         const nlohmann::json& after,
                                         const std::set<std::string>& meant);

/// `after` with the limits among the changes that have become tighter as they were before: nothing
/// is lost by that, and messages may be by the tighter ones. Null: there are none. Pure.
nlohmann::json with_limits_raised(const nlohmann::json& after,
                                  const std::vector<FieldChange>& changes);

/// "max_msgs 100000 -> 5, description \"a\" -> \"b\""
std::string show_changes(const std::vector<FieldChange>& changes);

}  // namespace unified::jetstream
