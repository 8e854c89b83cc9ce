#pragma once

#include <sys/types.h>

namespace unified::test {

/// Shuts down every TCP connection of another process to that port, as a network that fails does.
/// False when there was none, or when the kernel does not let us (pidfd_getfd(2), Linux 5.6).
bool cut_connections(pid_t process, int port);

}  // namespace unified::test
