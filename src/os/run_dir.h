#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/file_lock.h"

namespace unified::os {

/// Where RUN_DIR may be, best first: `configured` alone when it is set; else /run/unified-nats,
/// `xdg_runtime_dir`/unified-nats (unless empty), /tmp/unified-nats-UID.
std::vector<std::string> run_dir_candidates(const std::string& configured,
                                            const std::string& xdg_runtime_dir);

/// Where the control socket of that RUN_DIR is.
std::string control_socket_in(const std::string& run_dir);
/// Where the lock file of its one instance is.
std::string instance_lock_in(const std::string& run_dir);

/// Whether the path of the control socket in `run_dir` (absolute) is short enough for a unix socket
/// (unix(7): 107 bytes). The error says what to set. Pure.
Result<void> check_run_dir_length(const std::string& run_dir);

/// The first candidate that exists or can be created (0700, with parents) and is safe: a directory
/// of ours, no symlink, that nobody else may write to. An empty one of ours that is too open is
/// tightened. The error names each with its cause; os::may_pass() when that of one may.
Result<std::string> make_run_dir(const std::vector<std::string>& candidates);

/// The first candidate that is safe, ours, and in which an instance has ever run, by its lock file
/// or its control socket; nothing is created.
std::optional<std::string> find_run_dir(const std::vector<std::string>& candidates);

/// The same for who only asks: root also finds that of another user, if RUN_DIR names it or only
/// root can have put it there (in /run, but never in /tmp).
std::optional<std::string> find_run_dir_to_ask(const std::vector<std::string>& candidates);

/// Why the first candidate that exists, or may exist, can't be asked: it belongs to another user,
/// or we may not look. Nothing when there is no such one.
std::optional<std::string> foreign_run_dir(const std::vector<std::string>& candidates);

/// What the one instance that may use a RUN_DIR holds while it runs.
struct RunDirLock {
  UniqueFd fd;                ///< of the lock file, locked; none: held by another
  UniqueFd folder;            ///< of the directory itself, with a shared lock
  bool folder_alone = false;  ///< held by another: the directory is locked, the file was not
  [[nodiscard]] bool held_by_another() const { return !fd; }
};

/// The lock of the one instance that may use `run_dir`, with our pid in its file. The shared lock
/// on the directory keeps systemd-tmpfiles away from it (tmpfiles.d(5)) and tells the next one that
/// we are there when somebody else has removed the file.
Result<RunDirLock> try_lock_run_dir(const std::string& run_dir);
/// `held`: a descriptor that may be this lock already (Handover). It is moved from only when it has
/// become the lock that is returned, so that a failed try can be repeated with it.
Result<RunDirLock> try_lock_run_dir(const std::string& run_dir, UniqueFd& held);

/// What repair_run_dir() had to make anew; the rest is as it was.
struct RunDirRepair {
  UniqueFd lock;
  UniqueFd folder;
};

/// Makes the directory, the lock file and both locks again that somebody has removed from under the
/// one who holds `lock` and `folder` (descriptors of a RunDirLock). An error: it can't be made, or
/// another instance has it by now. Blocks on the file system; any thread.
Result<RunDirRepair> repair_run_dir(const std::string& run_dir, int lock, int folder);

/// Whether an instance holds that lock now, also one whose lock file was removed. One that can't be
/// told counts as held.
bool run_dir_is_held(const std::string& run_dir);

/// The pid written by the last one that got the lock; nothing if unknown.
std::optional<int> run_dir_holder(const std::string& run_dir);

}  // namespace unified::os
