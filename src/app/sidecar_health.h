#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/parts.h"
#include "app/preparation.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/readiness_log.h"
#include "app/remote_link.h"
#include "health/assess.h"
#include "health/limits.h"
#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

/// What judgements about the server that a sidecar stands beside are made from. The references
/// outlive all users; everything on the reactor.
struct SidecarSources {
  const Preparation& current;
  RemoteLink& link;
  Provisioner& provisioner;
  Prober& prober;
  observe::Log& log;
  ReadinessLog& readiness;
  Parts& parts;
  health::Limits& limits;  ///< what was seen of them over time
  const bool& stopping;
  std::chrono::steady_clock::time_point started_at;
  std::int64_t started_unix_ms = 0;
};

/// Probes the server (Prober's freshness) and puts all facts together; nothing is probed while
/// there is no connection. A monitoring port that nobody named (NATS_MONITOR_URL) need not answer.
boost::asio::awaitable<health::Snapshot> fresh_snapshot(const SidecarSources& sources);

/// Tells the log that the broker is ready, in these words, once it is; until then why it is not.
boost::asio::awaitable<void> tell_provisioned(SidecarSources sources, std::string words);

/// Why it is not ready; nothing = it is.
std::vector<std::string> not_ready_reasons(const SidecarSources& sources,
                                           const health::Snapshot& facts);

/// Every check but `supervisor`: none of our making runs that server. The streams are read anew,
/// and JetStream's own count of bytes stands for the disk.
boost::asio::awaitable<std::vector<health::Check>> all_checks(const SidecarSources& sources);

}  // namespace unified::app
