#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/file_lock.h"

namespace unified::os {

/// Where RUN_DIR may be, best first: `configured` alone when it is set; else /run/unified-nats,
/// `xdg_runtime_dir`/unified-nats (unless empty), /tmp/unified-nats-UID.
std::vector<std::string> run_dir_candidates(const std::string& configured,
                                            const std::string& xdg_runtime_dir);

/// The first candidate that exists or can be created (0700, with parents) and is safe: a directory
/// of ours, no symlink, that nobody else may write to. An empty one of ours that is too open is
/// tightened. The error names each with its cause.
Result<std::string> make_run_dir(const std::vector<std::string>& candidates);

/// The first candidate that is safe and in which an instance has ever run; nothing is created. For
/// `health` and `status`.
std::optional<std::string> find_run_dir(const std::vector<std::string>& candidates);

/// The lock of the one instance that may use `run_dir`, with our pid in its file.
Result<LockAttempt> try_lock_run_dir(const std::string& run_dir);

/// The pid written by the last one that got the lock; nothing if unknown.
std::optional<int> run_dir_holder(const std::string& run_dir);

}  // namespace unified::os
