#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "api/control_server.h"
#include "app/admission.h"
#include "app/broker.h"
#include "app/file_watch.h"
#include "app/parts.h"
#include "app/pauser.h"
#include "app/preparation.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/readiness_log.h"
#include "app/remote_link.h"
#include "app/run_dir_keeper.h"
#include "app/sidecar_health.h"
#include "app/sidecar_reloader.h"
#include "app/signal_watch.h"
#include "app/worker.h"
#include "health/limits.h"
#include "os/signals.h"

namespace unified::app {

/// AUTO_START_NATS=false: no nats-server of ours; the streams and the health of the one at
/// NATS_URL, for as long as we run. Everything runs on its reactor. Never destroyed, as
/// RunningBroker.
class Sidecar {
 public:
  Sidecar(Preparation ready,
          Admission admitted,
          ReadSidecarAgain read_again,
          std::vector<std::string> env_files);

  /// To the end.
  BrokerEnd run();

 private:
  Result<void> watch_signals();
  void take(const os::ReceivedSignal& received);
  void start();
  Result<void> listen();
  void report();
  /// With RELOAD_ON_CHANGE.
  void watch_files();
  [[nodiscard]] SidecarSources sources();
  std::vector<api::Route> routes();
  Provisioner::Events provisioner_events();
  void stop_by(const std::string& who);
  boost::asio::awaitable<std::optional<Failure>> restart();
  void leave();
  void finish(int exit_code);

  Preparation ready_;
  std::string run_dir_;
  os::RunDirLock lock_;
  os::UniqueFd control_of_before_;  ///< until listen()
  std::unique_ptr<observe::Log> log_;
  ReadinessLog readiness_{*log_};
  std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
  std::int64_t started_unix_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count();
  boost::asio::io_context reactor_{1};
  Parts parts_{reactor_.get_executor(), *log_};
  Worker worker_{reactor_.get_executor()};
  bool stopping_ = false;
  bool again_ = false;
  std::optional<int> exit_code_;
  std::unique_ptr<SignalWatch> signals_;
  Provisioner provisioner_;
  Pauser pauser_;
  Prober prober_;
  RemoteLink link_;
  SidecarReloader reloader_;
  std::vector<std::string> env_files_;
  std::unique_ptr<FileWatch> files_;
  std::unique_ptr<api::ControlServer> control_;
  health::Limits limits_;
  RunDirKeeper run_dir_keeper_{{.reactor = reactor_.get_executor(),
                                .run_dir = run_dir_,
                                .lock = lock_,
                                .log = *log_,
                                .on_remade = [this] {
                                  pauser_.write_again();
                                  provisioner_.tell_known();
                                }}};
};

/// Runs a sidecar to its end: exit 0 when asked to stop; 73, 78 as run_broker(). All signals must
/// be blocked already.
/// `env_files`: where settings are read from, once they exist. `kept`: of the life before a
/// restart.
BrokerEnd run_sidecar(Preparation preparation,
                      ReadSidecarAgain read_again,
                      std::vector<std::string> env_files,
                      os::Handover kept);

}  // namespace unified::app
