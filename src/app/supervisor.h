#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "observe/log.h"
#include "os/spawn.h"
#include "supervise/incident.h"
#include "supervise/lifecycle.h"

namespace unified::app {

/// What the supervisor tells the rest. All on the reactor's thread.
struct SupervisorEvents {
  /// Before each start of the server; `done` must be called once, at any time: an error there is a
  /// start that failed.
  std::function<void(std::uint64_t incarnation, std::function<void(Result<void>)> done)>
      before_spawn;
  std::function<void(std::uint64_t incarnation)> on_spawned;
  std::function<void(std::uint64_t incarnation, std::string_view line)>
      on_server_line;  ///< as it came
  /// What nats-server said in this incarnation that causes are found from, without prefix. Asked
  /// once all that it wrote has been passed on.
  std::function<std::vector<std::string>(std::uint64_t incarnation)> said;
  std::function<void(std::uint64_t incarnation)> on_exited;
  std::function<void(supervise::Phase)> on_phase;  ///< after every change
  /// After the state is a new one, before the actions: what the black box keeps.
  std::function<void(const supervise::Incident& incident)> on_incident;
  std::function<void(int exit_code)> on_finished;  ///< once, last
};

/// Feeds what happens to nats-server into supervise::next and carries its actions out. Reactor
/// thread only; nothing here blocks.
class Supervisor {
 public:
  virtual ~Supervisor() = default;
  /// `request` is what to start; its stdout and stderr are replaced by our pipe.
  static std::unique_ptr<Supervisor> create(boost::asio::any_io_executor reactor,
                                            os::SpawnRequest request,
                                            supervise::Policy policy,
                                            observe::Log& log,
                                            SupervisorEvents events);

  /// Starts the server, also one that was down.
  virtual void start() = 0;
  /// No server until start(); `at_once`: without sending the clients away first.
  virtual void down(const std::string& why, bool at_once) = 0;
  /// HUP to the server, if this incarnation is ready: before that it would kill it (supervisors §2,
  /// 33). False: nothing was sent.
  virtual bool hang_up() = 0;
  /// Asked to stop, with `lame_duck` after the clients were sent away; a second time: now.
  virtual void stop(bool lame_duck) = 0;
  /// This incarnation answers.
  virtual void server_ready(std::uint64_t incarnation) = 0;
  /// The watchdog's judgement of this incarnation.
  virtual void found_hung(std::uint64_t incarnation, const std::string& why) = 0;
  /// After SIGCHLD: reaps every dead child, ours and adopted ones.
  virtual void reap() = 0;
  [[nodiscard]] virtual const supervise::Lifecycle& lifecycle() const = 0;
};

}  // namespace unified::app
