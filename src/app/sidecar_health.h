#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/preparation.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/readiness_log.h"
#include "app/remote_link.h"
#include "health/assess.h"
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
  const bool& stopping;
  std::chrono::steady_clock::time_point started_at;
  std::int64_t started_unix_ms = 0;
};

/// Probes the server (Prober's freshness) and puts all facts together; nothing is probed while
/// there is no connection. A monitoring port that nobody named (NATS_MONITOR_URL) need not answer.
boost::asio::awaitable<health::Snapshot> fresh_snapshot(const SidecarSources& sources);

/// Why it is not ready; nothing = it is.
std::vector<std::string> not_ready_reasons(const SidecarSources& sources,
                                           const health::Snapshot& facts);

/// Every check but `supervisor`: none of our making runs that server. The streams are read anew,
/// and JetStream's own count of bytes stands for the disk.
boost::asio::awaitable<std::vector<health::Check>> all_checks(const SidecarSources& sources);

}  // namespace unified::app
