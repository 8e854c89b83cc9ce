#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/black_box.h"
#include "app/disk_watch.h"
#include "app/limits_watch.h"
#include "app/parts.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/readiness_log.h"
#include "app/recovery_watch.h"
#include "app/store_watch.h"
#include "app/supervisor.h"
#include "app/worker.h"
#include "base/server_version.h"
#include "health/assess.h"
#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

/// What judgements about the broker are made from. The references outlive all users; everything on
/// the reactor.
struct HealthSources {
  Supervisor& supervisor;
  Provisioner& provisioner;
  Prober& prober;
  const DiskWatch* disk = nullptr;    ///< none without JetStream
  const StoreWatch* store = nullptr;  ///< likewise
  LimitsWatch& limits;
  Parts& parts;
  Worker& worker;
  observe::Log& log;
  ReadinessLog& readiness;
  const BlackBox& black_box;
  const RecoveryWatch& recovery;
  bool& stopping;
  bool jetstream_enabled = true;
  bool clustered = false;
  std::string store_dir;
  std::string power_loss_costs;  ///< app/power_loss.h
  std::string server_binary;
  ServerVersion version;
  std::string client_url;  ///< without credentials
  std::string monitor_url;
  std::string monitor_host;  ///< where we ask
  int monitor_port = 0;
  std::chrono::steady_clock::time_point started_at;
  std::int64_t started_unix_ms = 0;          ///< tells one life of ours from the next
  const std::vector<std::string>& warnings;  ///< of the configuration and the store, as of now
};

/// Probes the server (Prober's freshness) and puts all facts together. While there is no server,
/// nothing is probed.
boost::asio::awaitable<health::Snapshot> fresh_snapshot(const HealthSources& sources);

/// Looks at the limits of the server and of the streams as they were listed last.
boost::asio::awaitable<void> look_at_limits(const HealthSources& sources);

/// Every check, with the streams read anew and the disk looked at.
boost::asio::awaitable<std::vector<health::Check>> all_checks(const HealthSources& sources);

}  // namespace unified::app
