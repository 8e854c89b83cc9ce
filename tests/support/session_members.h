#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace unified::test {

struct SessionMember {
  pid_t pid = 0;
  std::string name;  ///< as in /proc/PID/comm
  bool zombie = false;
};

/// Every process of a session, from /proc. A session outlives its leader, and processes that leave
/// their process group stay in it: so it finds what a supervisor leaves behind.
std::vector<SessionMember> session_members(pid_t session);

/// Whether every thread of the process is stopped by a signal.
bool is_frozen(pid_t pid);

}  // namespace unified::test
