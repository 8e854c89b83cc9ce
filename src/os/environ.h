#pragma once

#include <map>
#include <string>
#include <vector>

namespace unified::os {

using Environment = std::map<std::string, std::string>;

/// What this process was started with. Of a name that stands twice the first counts, as for getenv.
Environment environment_snapshot();

/// "NAME=value" for SpawnRequest::environment, without the names in `stripped` (secrets, and what
/// only we read).
std::vector<std::string> child_environment(const Environment& environment,
                                           const std::vector<std::string>& stripped);

}  // namespace unified::os
