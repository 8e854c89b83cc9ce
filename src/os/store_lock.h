#pragma once

#include <optional>
#include <string>

#include "os/file_lock.h"

namespace unified::os {

/// Locks the store *directory* (nats-server has no lock of its own, and two on one store lose
/// messages). Pass the descriptor on to nats-server (SpawnRequest::inherited_fds), so that the lock
/// lives as long as either of us. An error: no such directory, or a file system without locks.
Result<LockAttempt> try_lock_store(const std::string& directory);

/// A message block below `directory` that some process has open for writing, in whatever container
/// of this kernel: a nats-server without our lock runs on this store. From the first message that
/// it stores to its end it has the newest block of that stream open (2.9 to 2.15), and a read lease
/// (fcntl(2), F_SETLEASE) can't be had for it. Nothing when there is none, or where that can't be
/// told: files of another user, a network file system. Blocks on the disk.
std::optional<std::string> block_open_for_writing(const std::string& directory);

}  // namespace unified::os
