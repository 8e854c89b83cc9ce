#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace unified::test {

struct SessionMember {
  pid_t pid = 0;
  std::string name;  ///< as in /proc/PID/comm
  bool zombie = false;
  pid_t parent = 0;
  pid_t group = 0;
};

/// Every process of a session, from /proc. A session outlives its leader, and processes that leave
/// their process group stay in it: so it finds what a supervisor leaves behind.
std::vector<SessionMember> session_members(pid_t session);

/// The children of a process, of all its threads; zombies too.
std::vector<pid_t> children_of(pid_t pid);

/// Whether every thread of the process is stopped by a signal.
bool is_frozen(pid_t pid);

}  // namespace unified::test
