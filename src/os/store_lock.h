#pragma once

#include <string>

#include "os/file_lock.h"

namespace unified::os {

/// Locks the store *directory* (nats-server has no lock of its own, and two on one store lose
/// messages). Pass the descriptor on to nats-server (SpawnRequest::inherited_fds), so that the lock
/// lives as long as either of us. An error: no such directory, or a file system without locks.
Result<LockAttempt> try_lock_store(const std::string& directory);

}  // namespace unified::os
