#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "observe/log.h"
#include "os/spawn.h"
#include "supervise/lifecycle.h"

namespace unified::app {

/// What the supervisor tells the rest. All on the reactor's thread.
struct SupervisorEvents {
  std::function<void(std::uint64_t incarnation)> on_spawned;
  std::function<void(std::uint64_t incarnation, std::string_view line)>
      on_server_line;  ///< as it came
  std::function<void(std::uint64_t incarnation)> on_exited;
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

  virtual void start() = 0;
  /// Asked to stop; a second time: now.
  virtual void stop() = 0;
  /// This incarnation answers.
  virtual void server_ready(std::uint64_t incarnation) = 0;
  /// After SIGCHLD: reaps every dead child, ours and adopted ones.
  virtual void reap() = 0;
  [[nodiscard]] virtual const supervise::Lifecycle& lifecycle() const = 0;
};

}  // namespace unified::app
