#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace unified::os {

struct PortHolder {
  int pid = 0;          ///< 0: nobody whom we may see (another user's, another container's)
  std::string program;  ///< "python3"; empty if pid is 0
  std::optional<std::chrono::milliseconds> age;  ///< of the process; nothing if it can't be told

  /// "python3 (pid 123)", "a process that we can't see".
  [[nodiscard]] std::string describe() const;
};

/// Who listens on the TCP port, on whatever address; nothing when nobody does. Walks /proc (a
/// millisecond for a hundred processes): not for the reactor. `root` stands before /proc, for
/// tests.
std::optional<PortHolder> port_holder(int port, const std::string& root = "");

/// The pid of who listens on the unix socket that was bound to `path`, also when the file has been
/// removed since; only of one in our mount namespace whom we may see. Walks /proc.
std::optional<int> unix_listener(const std::string& path, const std::string& root = "");

}  // namespace unified::os
