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
#include "app/black_box.h"
#include "app/broker.h"
#include "app/cluster_watch.h"
#include "app/disk_watch.h"
#include "app/file_watch.h"
#include "app/health_view.h"
#include "app/limits_watch.h"
#include "app/meta_sync.h"
#include "app/migrator.h"
#include "app/parts.h"
#include "app/pauser.h"
#include "app/pending_migrations.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/readiness_log.h"
#include "app/recovery_watch.h"
#include "app/reloader.h"
#include "app/run_dir_keeper.h"
#include "app/server_command.h"
#include "app/signal_watch.h"
#include "app/store_guard.h"
#include "app/store_watch.h"
#include "app/supervisor.h"
#include "app/worker.h"
#include "os/signals.h"

namespace unified::app {

/// The one instance: its parts in the order in which they begin, wired to each other. Everything
/// runs on its reactor. Never destroyed: the worker may still wait for a server that does not
/// answer, and the process ends with it.
class RunningBroker {
 public:
  RunningBroker(Preparation ready, Admission admitted, BrokerOptions options);

  /// To the end.
  BrokerEnd run();

 private:
  [[nodiscard]] const config::Settings& settings() const { return ready_.settings; }

  [[nodiscard]] std::string store_dir() const;
  [[nodiscard]] BlackBoxSubject black_box_subject() const;

  // ---- signals

  Result<void> watch_signals();
  void take(const os::ReceivedSignal& received);
  void stop(const os::ReceivedSignal& received);
  void stop_by(const std::string& who, bool lame_duck = false);
  /// One that comes before there is anything to reload is made up for: the configuration was read
  /// before it.
  void reload_if_wanted();
  /// The outcome is in the log. One that the server is not up for is made up for when it is.
  boost::asio::awaitable<void> reload_by_signal();
  /// Not while a stream is being migrated.
  boost::asio::awaitable<ReloadOutcome> reload();

  // ---- start

  boost::asio::awaitable<void> start();
  void watch();
  /// With RELOAD_ON_CHANGE.
  void watch_files();
  void announce();
  boost::asio::awaitable<std::optional<Failure>> prepare_store();
  /// What a migration of the life before has left half done in the store is put aside.
  boost::asio::awaitable<std::optional<Failure>> find_migrations();
  /// Whatever keeps another broker from writing our nats.conf.
  boost::asio::awaitable<std::optional<Failure>> prepare_conf();
  /// These try until INIT_TIMEOUT is over what may pass, such as a full file system (then exit 75).
  boost::asio::awaitable<std::optional<Failure>> claim_first_conf();
  boost::asio::awaitable<std::optional<Failure>> write_first_conf();
  /// Whether what failed at nats.conf may pass by itself.
  [[nodiscard]] bool conf_fault_may_pass(const Error& error) const;
  /// Until the next try of what may pass; tells `line` before, unless it is empty.
  boost::asio::awaitable<void> wait_for(std::string line);
  void compose();
  /// Starts what looks after the store; only with JetStream.
  void watch_store();
  Provisioner::Events provisioner_events();
  SupervisorEvents supervisor_events();
  /// Starts what looks after the node's place in its cluster; only with JetStream in a cluster.
  void watch_cluster();
  /// Every declared subject is bound; whether that is all depends on the streams.
  boost::asio::awaitable<void> tell_provisioned();
  void phase_changed(supervise::Phase phase);
  /// Stops the server and leaves, so that all of us begins anew. Nothing is touched when what would
  /// be read then is wrong.
  boost::asio::awaitable<std::optional<Failure>> restart();
  [[nodiscard]] bool is_leaving() const;
  /// By command. A signal that comes before we do it is enough: a second stop would mean "now".
  void leave();
  /// A new incarnation reads nats.conf again: it must be there, and say what we wrote.
  boost::asio::awaitable<void> restore_conf(std::function<void(Result<void>)> done);
  /// At the end the same, for whoever starts a server on the store without us.
  void leave_keys();
  [[nodiscard]] std::string client_url() const;
  HealthSources health_sources();
  std::vector<api::Route> routes();
  Result<void> listen();
  /// Says what is declared and stored here where a later start looks for it.
  void remember_store();

  // ---- end

  void give_up(const Failure& failure);
  void finish(int exit_code);

  Preparation ready_;
  std::string run_dir_;
  os::RunDirLock lock_;
  os::UniqueFd control_of_before_;  ///< until listen()
  std::string conf_lock_path_;
  os::UniqueFd conf_lock_;  ///< of nats.conf; until prepare_conf() that of the life before
  std::unique_ptr<observe::Log> log_;
  ReadinessLog readiness_{*log_};
  BrokerOptions options_;
  ServerCommand command_;
  std::string conf_;  ///< path of nats.conf
  std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
  std::int64_t started_unix_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count();
  boost::asio::io_context reactor_{1};
  Worker worker_{reactor_.get_executor()};
  Parts parts_{reactor_.get_executor(), *log_};
  BlackBox black_box_{reactor_.get_executor(), *log_, black_box_subject()};
  RecoveryWatch recovery_{reactor_.get_executor(), *log_, store_dir()};
  bool stopping_ = false;
  bool reload_wanted_ = false;
  std::uint64_t told_ready_ = 0;  ///< incarnation, without JetStream
  bool again_ = false;
  std::optional<int> exit_code_;
  std::unique_ptr<SignalWatch> signals_;
  std::optional<StoreGuard> guard_;
  std::optional<MetaSync> meta_sync_;  ///< with JetStream
  std::optional<Provisioner> provisioner_;
  std::optional<Pauser> pauser_;
  std::vector<PendingMigration> pending_;  ///< of the life before, until they are taken up
  std::optional<Migrator> migrator_;
  std::optional<Prober> prober_;
  std::unique_ptr<Supervisor> supervisor_;
  std::optional<Reloader> reloader_;
  std::optional<DiskWatch> disk_;
  std::optional<StoreWatch> store_;
  std::optional<ClusterWatch> cluster_;
  LimitsWatch limits_;
  std::unique_ptr<FileWatch> files_;
  std::unique_ptr<api::ControlServer> control_;
  RunDirKeeper run_dir_keeper_{{.reactor = reactor_.get_executor(),
                                .run_dir = run_dir_,
                                .lock = lock_,
                                .log = *log_,
                                .on_remade = [this] {
                                  if (provisioner_ && provisioner_->view().known)
                                    remember_store();
                                }}};
};

}  // namespace unified::app
