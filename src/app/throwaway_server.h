#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "jetstream/nats/connection.h"
#include "jetstream/nats/module.h"
#include "os/spawn.h"

namespace unified::app {

/// A nats-server of the same binary on 127.0.0.1, with a login that nobody knows and a store of its
/// own, to try out a backup. It is killed with its owner, and by the kernel with the thread that
/// made it. When memory or time is short it stands back: the kernel kills it first, and it runs
/// when nobody else wants to.
class ThrowawayServer {
 public:
  struct Options {
    std::string binary;
    std::string folder;  ///< made anew; what was there is removed
    const nats::Module& module;
    const std::atomic<bool>& stopped;
    std::int64_t memory_limit = 0;  ///< that it tries not to exceed (GOMEMLIMIT), bytes; 0: none
  };
  /// Returns when it answers. Blocks up to half a minute.
  static Result<std::unique_ptr<ThrowawayServer>> start(const Options& options);

  ThrowawayServer(const ThrowawayServer&) = delete;
  ThrowawayServer(ThrowawayServer&&) = delete;
  ThrowawayServer& operator=(const ThrowawayServer&) = delete;
  ThrowawayServer& operator=(ThrowawayServer&&) = delete;
  ~ThrowawayServer();

  [[nodiscard]] nats::Connection& connection() const { return *connection_; }

 private:
  explicit ThrowawayServer(os::Child child);

  os::Child child_;
  std::unique_ptr<nats::Connection> connection_;
};

}  // namespace unified::app
