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
/// our nats.conf. Begins as soon as the lock is held, before there is a
/// control socket. On the reactor; what touches the file system runs on a thread of its own. Never
/// destroyed before the process ends.
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
  /// From now on the lock of the nats.conf at this path, too. `lock` lives as long as we do, and is
  /// replaced when it had to be made anew.
  void guard_conf(const std::string& conf, os::UniqueFd& lock);

 private:
  struct Repaired {
    os::RunDirRepair locks;
    os::UniqueFd control;        ///< none: clients find the one of now
    bool gone = false;           ///< something in RUN_DIR had to be made anew
    os::UniqueFd conf;           ///< the lock of nats.conf, made anew
    std::optional<Error> fault;  ///< why not all of RUN_DIR could be made anew
    std::string conf_fault;      ///< why it could not be; empty: it is there
  };

  /// Tells of removals from now on; where the system has no room for another watch, every second.
  void watch();
  void wait();
  /// Repairs now, and again until nothing more is missing.
  void begin_repair();
  boost::asio::awaitable<void> repair_until_whole();
  /// One repair on the worker; the error also says that the file system does not answer.
  boost::asio::awaitable<Result<std::shared_ptr<Repaired>>> repair();
  [[nodiscard]] std::function<Result<std::shared_ptr<Repaired>>()> repair_task() const;
  static void repair_conf_lock(const std::string& path, Repaired& repaired);
  /// Goes on with what was made anew.
  Result<void> adopt(Repaired repaired);
  void warn_of_removal();
  /// What is removed from the folder of nats.conf is heard of, too, when that is another one.
  void watch_conf();
  void adopt_conf(os::UniqueFd lock, const std::string& fault);
  boost::asio::awaitable<void> rest(std::chrono::milliseconds time);

  Parts parts_;
  api::ControlServer* control_ = nullptr;
  std::string conf_;
  std::string conf_lock_path_;
  os::UniqueFd* conf_lock_ = nullptr;  ///< null: there is none
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
