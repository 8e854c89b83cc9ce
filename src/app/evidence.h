#pragma once

#include "supervise/cause.h"

namespace unified::app {

/// Adds to `evidence` (incident, words, ports, store_dir are there) what the machine says: OOM
/// kills since `oom_kills_before`, memory limit, disk, store, who holds the ports. Blocks on files
/// and /proc: never on the reactor. Returns the cgroup's count of OOM kills now.
std::optional<std::int64_t> look_around(supervise::Evidence& evidence,
                                        std::optional<std::int64_t> oom_kills_before);

}  // namespace unified::app
