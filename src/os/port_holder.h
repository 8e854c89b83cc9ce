#pragma once

#include <optional>
#include <string>

namespace unified::os {

struct PortHolder {
  int pid = 0;          ///< 0: nobody whom we may see (another user's, another container's)
  std::string program;  ///< "python3"; empty if pid is 0

  /// "python3 (pid 123)", "a process that we can't see".
  [[nodiscard]] std::string describe() const;
};

/// Who listens on the TCP port, on whatever address; nothing when nobody does. Walks /proc (a
/// millisecond for a hundred processes): not for the reactor. `root` stands before /proc, for
/// tests.
std::optional<PortHolder> port_holder(int port, const std::string& root = "");

}  // namespace unified::os
