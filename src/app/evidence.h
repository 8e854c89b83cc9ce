#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervise/cause.h"

namespace unified::app {

/// Adds to `evidence` (incident, words, ports are there) what the machine says but for the store:
/// OOM kills since `oom_kills_before`, memory limit, who holds the ports. `ago`: when the incident
/// was; a process that was started since has nothing to do with it, for example our next
/// nats-server, which has the ports by then. Blocks on /proc: never on the reactor. Returns the
/// cgroup's count of OOM kills now.
std::optional<std::int64_t> look_around(supervise::Evidence& evidence,
                                        std::optional<std::int64_t> oom_kills_before,
                                        std::chrono::milliseconds ago);

/// The findings in a store that may explain why nats-server ended.
struct StoreSeen {
  std::optional<supervise::DiskSeen> disk;
  std::string trouble;               ///< what keeps us from using it; empty: nothing
  std::vector<std::string> streams;  ///< that have a folder there
};
/// Blocks on the store, for ever if it hangs; writes into it.
StoreSeen look_at_store_of(const std::string& store_dir);

}  // namespace unified::app
