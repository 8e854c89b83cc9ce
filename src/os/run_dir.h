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

/// The first candidate that is safe, ours, and in which an instance has ever run; nothing is
/// created.
std::optional<std::string> find_run_dir(const std::vector<std::string>& candidates);

/// The same for who only asks: root also finds that of another user, if RUN_DIR names it or only
/// root can have put it there (in /run, but never in /tmp).
std::optional<std::string> find_run_dir_to_ask(const std::vector<std::string>& candidates);

/// Why the first candidate that exists can't be asked: it belongs to another user. Nothing when
/// there is no such one.
std::optional<std::string> foreign_run_dir(const std::vector<std::string>& candidates);

/// The lock of the one instance that may use `run_dir`, with our pid in its file. `held`: a
/// descriptor that may be this lock already (Handover); another one is closed.
Result<LockAttempt> try_lock_run_dir(const std::string& run_dir, UniqueFd held = {});

/// Whether an instance holds that lock now. One that can't be told counts as held.
bool run_dir_is_held(const std::string& run_dir);

/// The pid written by the last one that got the lock; nothing if unknown.
std::optional<int> run_dir_holder(const std::string& run_dir);

}  // namespace unified::os
