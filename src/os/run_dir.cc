#include "os/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/passing_fault.h"
#include "os/presence.h"

namespace unified::os {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr mode_t kWritableByOthers = 0022;

bool is_empty_directory(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_empty(path, error) && !error;
}

/// Of what stands there, be it a link.
std::optional<uid_t> owner_of(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0)
    return std::nullopt;
  return info.st_uid;
}

/// A directory of `owner`, opened in a way that follows no symlink, that only its owner may write
/// to.
Result<void> check_private(const std::string& path, uid_t owner = ::geteuid()) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd)
    return system_error("cannot use " + path, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0)
    return system_error("cannot stat " + path, errno);
  if (info.st_uid != owner)
    return Error{fmt::format("cannot use {}: it belongs to uid {}, not to us ({})", path,
                             info.st_uid, ::geteuid())};
  if ((info.st_mode & kWritableByOthers) == 0)
    return {};
  // A fresh tmpfs mount is open to all; anything else may be a directory that others rely on.
  if (!is_empty_directory(path) || ::fchmod(fd.get(), kPrivate) != 0)
    return Error{fmt::format("cannot use {}: others may write to it (mode {:04o})", path,
                             info.st_mode & 07777U)};
  return {};
}

std::string parent_of(const std::string& path) {
  return std::filesystem::path{path}.parent_path().string();
}

bool only_root_creates_in(const std::string& directory) {
  struct stat info{};
  return ::stat(directory.c_str(), &info) == 0 && info.st_uid == 0 &&
         (info.st_mode & kWritableByOthers) == 0;
}

Result<void> make_private(const std::string& path) {
  if (auto fits = check_run_dir_length(path); !fits)
    return fits;
  if (const auto made = make_directories(path, kPrivate); !made)
    return made;
  if (const auto checked = check_private(path); !checked)
    return checked;
  return check_writable(path);
}

UniqueFd open_directory(const std::string& path) {
  return UniqueFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

/// Who only looks holds the directory for an instant, and so does systemd-tmpfiles.
constexpr int kFolderLooks = 4;
constexpr int kRepairLooks = 50;
constexpr timespec kBetweenRepairLooks{.tv_sec = 0, .tv_nsec = 10'000'000};
constexpr timespec kBetweenFolderLooks{.tv_sec = 0, .tv_nsec = 1'000'000};

/// Whether somebody else has locked the directory. A file system without such locks: no.
bool is_locked(const UniqueFd& folder) {
  for (int look = 0; look < kFolderLooks; ++look) {
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) {
      ::flock(folder.get(), LOCK_UN);
      return false;
    }
    if (errno != EWOULDBLOCK)
      return false;
    ::nanosleep(&kBetweenFolderLooks, nullptr);
  }
  return true;
}

/// Whether an instance has ever run there, or does so now and its files were removed. What can't be
/// looked at may be there.
bool was_used(const std::string& run_dir) {
  for (const std::string& file : {instance_lock_in(run_dir), control_socket_in(run_dir)}) {
    const auto exists = name_exists(file);
    if (!exists || *exists)
      return true;
  }
  const UniqueFd folder = open_directory(run_dir);
  return folder && is_locked(folder);
}

template <typename ExpectedOwner>
std::optional<std::string> find(const std::vector<std::string>& candidates,
                                ExpectedOwner expected_owner) {
  for (const std::string& candidate : candidates)
    // Its files first: with them the directory is not empty, and check_private only looks.
    if (was_used(candidate) && check_private(candidate, expected_owner(candidate)))
      return candidate;
  return std::nullopt;
}

/// Without it where there are no such locks.
void share_lock(const UniqueFd& folder) {
  for (int look = 0; look < kFolderLooks; ++look) {
    if (::flock(folder.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      return;
    ::nanosleep(&kBetweenFolderLooks, nullptr);
  }
}

/// Our lock on the file, made if need be, without anything in it yet.
Result<LockAttempt> try_lock_instance_file(const std::string& path) {
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd)
    return system_error("cannot open " + path, errno);
  Result<LockAttempt> attempt = try_lock(std::move(fd), path);
  if (attempt && !attempt->held_by_another() && !is_file_at(path, attempt->fd.get()))
    return LockAttempt{};  // `clean` has removed it between the two calls, and is at work
  return attempt;
}

/// Always of the same length, written over what was there: truncating a file whose pages are being
/// written back waits for the disk (1.4 ms on ext4, and this is on the way to the server's start).
Result<void> write_pid(const UniqueFd& fd, const std::string& path) {
  const std::string text = fmt::format("{:<10}\n", ::getpid());
  const ssize_t written = ::pwrite(fd.get(), text.data(), text.size(), 0);
  if (written < 0)
    return system_error("cannot write " + path, errno);
  return written == static_cast<ssize_t>(text.size())
             ? Result<void>{}
             : system_error("cannot write " + path, ENOSPC);
}

}  // namespace

std::vector<std::string> run_dir_candidates(const std::string& configured,
                                            const std::string& xdg_runtime_dir) {
  if (!configured.empty())
    return {configured};
  std::vector<std::string> candidates{"/run/unified-nats"};
  if (!xdg_runtime_dir.empty())
    candidates.push_back(xdg_runtime_dir + "/unified-nats");
  candidates.push_back(fmt::format("/tmp/unified-nats-{}", ::geteuid()));
  return candidates;
}

Result<void> check_run_dir_length(const std::string& run_dir) {
  const std::size_t room = sizeof(sockaddr_un::sun_path) - 1;
  if (control_socket_in(run_dir).size() <= room)
    return {};
  return Error{
      fmt::format("RUN_DIR {}: a unix socket's path has at most {} bytes, and {} would "
                  "have {}; set RUN_DIR to a shorter one",
                  run_dir, room, control_socket_in(run_dir), control_socket_in(run_dir).size()),
      ENAMETOOLONG};
}

std::string instance_lock_in(const std::string& run_dir) {
  return run_dir + "/instance.lock";
}

std::string control_socket_in(const std::string& run_dir) {
  return run_dir + "/control.sock";
}

Result<std::string> make_run_dir(const std::vector<std::string>& candidates) {
  Error all{"no directory for RUN_DIR"};
  const char* separator = ": ";
  for (const std::string& candidate : candidates) {
    const Result<void> made = make_private(candidate);
    if (made)
      return candidate;
    all.message += std::exchange(separator, "; ") + made.error().message;
    if (!may_pass(all))
      all.number = made.error().number;
  }
  return all;
}

std::optional<std::string> find_run_dir(const std::vector<std::string>& candidates) {
  return find(candidates, [](const std::string&) { return ::geteuid(); });
}

std::optional<std::string> find_run_dir_to_ask(const std::vector<std::string>& candidates) {
  // A single one was named by who asks.
  const bool named = candidates.size() == 1;
  return find(candidates, [named](const std::string& candidate) {
    const bool trusted = ::geteuid() == 0 && (named || only_root_creates_in(parent_of(candidate)));
    return trusted ? owner_of(candidate).value_or(0) : ::geteuid();
  });
}

std::optional<std::string> foreign_run_dir(const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    const auto exists = name_exists(candidate);
    if (!exists)
      return exists.error().message;
    if (const auto owner = owner_of(candidate); owner && *owner != ::geteuid())
      return fmt::format("{} belongs to uid {}: ask as that user", candidate, *owner);
  }
  return std::nullopt;
}

Result<RunDirLock> try_lock_run_dir(const std::string& run_dir) {
  UniqueFd none;
  return try_lock_run_dir(run_dir, none);
}

Result<RunDirLock> try_lock_run_dir(const std::string& run_dir, UniqueFd& held) {
  const std::string path = instance_lock_in(run_dir);
  const bool ours = held && is_file_at(path, held.get());
  UniqueFd fresh;
  if (!ours) {
    Result<LockAttempt> attempt = try_lock_instance_file(path);
    if (!attempt)
      return attempt.error();
    if (attempt->held_by_another())
      return RunDirLock{};
    fresh = std::move(attempt->fd);
  }
  UniqueFd folder = open_directory(run_dir);
  if (!folder)
    return system_error("cannot open " + run_dir, errno);
  // The file may be a new one because somebody removed that of the one who runs.
  if (!ours && is_locked(folder))
    return RunDirLock{.fd = {}, .folder = {}, .folder_alone = true};
  share_lock(folder);
  if (const auto written = write_pid(ours ? held : fresh, path); !written)
    return written.error();
  return RunDirLock{ours ? std::move(held) : std::move(fresh), std::move(folder)};
}

Result<RunDirRepair> repair_run_dir(const std::string& run_dir, int lock, int folder) {
  const std::string path = instance_lock_in(run_dir);
  RunDirRepair repair;
  const bool same_folder = is_file_at(run_dir, folder);
  if (same_folder && is_file_at(path, lock))
    return repair;
  if (const auto made = make_private(run_dir); !made)
    return made.error();
  Result<LockAttempt> attempt = try_lock_instance_file(path);
  // One that wants to begin here finds out in a moment that we are there.
  for (int look = 0; look < kRepairLooks && attempt && attempt->held_by_another(); ++look) {
    ::nanosleep(&kBetweenRepairLooks, nullptr);
    attempt = try_lock_instance_file(path);
  }
  if (!attempt)
    return attempt.error();
  const Error taken{fmt::format("{} is used by another supervisor by now", run_dir)};
  if (attempt->held_by_another())
    return taken;
  if (!same_folder) {
    repair.folder = open_directory(run_dir);
    if (!repair.folder)
      return system_error("cannot open " + run_dir, errno);
    if (is_locked(repair.folder))
      return taken;
    share_lock(repair.folder);
  }
  if (const auto written = write_pid(attempt->fd, path); !written)
    return written.error();
  repair.lock = std::move(attempt->fd);
  return repair;
}

bool run_dir_is_held(const std::string& run_dir) {
  const UniqueFd fd{::open(instance_lock_in(run_dir).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && errno != ENOENT)
    return true;
  // Given back with the descriptor.
  if (fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0)
    return true;
  const UniqueFd folder = open_directory(run_dir);
  return folder ? is_locked(folder) : errno != ENOENT;
}

std::optional<int> run_dir_holder(const std::string& run_dir) {
  const Result<std::string> text = read_text_file(instance_lock_in(run_dir));
  if (!text)
    return std::nullopt;
  const auto pid = parse_int(trim(*text));
  return pid ? std::optional<int>{static_cast<int>(*pid)} : std::nullopt;
}

}  // namespace unified::os
