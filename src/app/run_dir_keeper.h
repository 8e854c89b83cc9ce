#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/control_server.h"
#include "app/worker.h"
#include "base/result.h"
#include "observe/log.h"
#include "os/run_dir.h"
#include "os/unique_fd.h"

namespace unified::app {

/// Makes anew what somebody (a cleaner of temporary files, `rm`) has removed of RUN_DIR while we
/// run: the directory, the lock file and the control socket, and, wherever that lies, the lock of
/// nats.conf. Without them no command finds us, and another supervisor could begin here or write
/// our nats.conf. Begins as soon as the lock is held, before there is a control socket. On the
/// reactor; what touches the file system runs on a thread of its own. Never destroyed before the
/// process ends.
class RunDirKeeper {
 public:
  struct Parts {
    boost::asio::any_io_executor reactor;
    std::string run_dir;
    os::RunDirLock& lock;  ///< replaced when it had to be made anew
    observe::Log& log;
    std::function<void()> on_remade;  ///< what else was in there is gone, too
  };
  explicit RunDirKeeper(Parts parts);

  /// From now on its socket, too. It lives as long as we do, and goes on with another socket when
  /// its own had to be made anew.
  void guard(api::ControlServer& control);
  struct ConfLock {
    std::string conf;              ///< nats.conf, for people
    std::string path;              ///< of its lock (conf_lock_path()); empty: there is none
    os::UniqueFd* lock = nullptr;  ///< lives as long as we do; replaced when it was made anew
  };
  /// From now on the lock of nats.conf, too.
  void guard_conf(ConfLock conf);

 private:
  struct Repaired {
    os::RunDirRepair locks;
    os::UniqueFd control;        ///< none: clients find the one of now
    bool gone = false;           ///< something in RUN_DIR had to be made anew
    os::UniqueFd conf;           ///< the lock of nats.conf, made anew
    std::optional<Error> fault;  ///< why not all of RUN_DIR could be made anew
    std::string conf_fault;      ///< "was removed and can't be made anew: …"; empty: it is there
    bool watched = true;         ///< whether we hear of removals from RUN_DIR
  };

  /// Tells of removals from now on; where the system has no room for another watch, every second.
  void watch();
  void wait();
  /// Whether a file of that name is one of those that are made anew.
  [[nodiscard]] bool is_guarded(const std::string& name) const;
  /// Repairs now, and again until nothing more is missing.
  void begin_repair();
  boost::asio::awaitable<void> repair_until_whole();
  /// One repair on the worker; the error also says that the file system does not answer.
  boost::asio::awaitable<Result<std::shared_ptr<Repaired>>> repair();
  std::function<Result<std::shared_ptr<Repaired>>()> repair_task();
  static void repair_conf_lock(const std::string& path, int held, Repaired& repaired);
  static void watch_folders(int events,
                            const std::string& run_dir,
                            const std::string& conf_lock,
                            Repaired& repaired);
  /// Goes on with what was made anew.
  Result<void> adopt(Repaired repaired);
  void warn_of_removal();
  void adopt_conf(os::UniqueFd lock, const std::string& fault);
  /// Says once that RUN_DIR is not as it should be.
  void report(const Error& error, bool was_looked_at);
  [[nodiscard]] boost::asio::awaitable<void> rest(std::chrono::milliseconds time) const;

  Parts parts_;
  api::ControlServer* control_ = nullptr;
  ConfLock conf_;
  std::optional<boost::asio::posix::stream_descriptor> events_;
  Worker worker_;
  /// A repair that was given up is still at it.
  std::shared_ptr<std::atomic<bool>> hangs_ = std::make_shared<std::atomic<bool>>(false);
  bool repairing_ = false;
  bool removed_ = false;  ///< another removal, during a repair
  std::string reported_;
  std::string reported_conf_fault_;
  std::optional<std::chrono::steady_clock::time_point> warned_at_;
};

/// Whether a control socket that can't be made in a RUN_DIR that is ours may be made later: what is
/// in its place may go away, and a RUN_DIR that was removed is made anew. Not where the path is too
/// long, or the file system has no sockets. Pure.
bool may_listen_later(const Error& error);

}  // namespace unified::app
