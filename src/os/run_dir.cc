#include "os/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/parse.h"
#include "os/directories.h"
#include "os/file_text.h"

namespace unified::os {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr mode_t kWritableByOthers = 0022;

std::string lock_file(const std::string& run_dir) {
  return run_dir + "/instance.lock";
}

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

template <typename ExpectedOwner>
std::optional<std::string> find(const std::vector<std::string>& candidates,
                                ExpectedOwner expected_owner) {
  for (const std::string& candidate : candidates)
    // The lock first: with it the directory is not empty, and check_private only looks.
    if (::access(lock_file(candidate).c_str(), F_OK) == 0 &&
        check_private(candidate, expected_owner(candidate)))
      return candidate;
  return std::nullopt;
}

Result<void> make_private(const std::string& path) {
  if (const auto made = make_directories(path, kPrivate); !made)
    return made;
  if (const auto checked = check_private(path); !checked)
    return checked;
  return check_writable(path);
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

Result<std::string> make_run_dir(const std::vector<std::string>& candidates) {
  std::string causes;
  for (const std::string& candidate : candidates) {
    const Result<void> made = make_private(candidate);
    if (made)
      return candidate;
    causes += (causes.empty() ? "" : "; ") + made.error().message;
  }
  return Error{"no directory for RUN_DIR: " + causes};
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
  for (const std::string& candidate : candidates)
    if (const auto owner = owner_of(candidate); owner && *owner != ::geteuid())
      return fmt::format("{} belongs to uid {}: ask as that user", candidate, *owner);
  return std::nullopt;
}

Result<LockAttempt> try_lock_run_dir(const std::string& run_dir, UniqueFd held) {
  const std::string path = lock_file(run_dir);
  UniqueFd fd = held && is_file_at(path, held.get()) ? std::move(held) : UniqueFd{};
  if (!fd)
    fd = UniqueFd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd)
    return system_error("cannot open " + path, errno);
  Result<LockAttempt> attempt = try_lock(std::move(fd), path);
  if (!attempt || attempt->held_by_another())
    return attempt;
  if (!is_file_at(path, attempt->fd.get()))
    return LockAttempt{};  // `clean` has removed it between the two calls, and is at work
  // Always of the same length, written over what was there: truncating a file whose pages are being
  // written back waits for the disk (1.4 ms on ext4, and this is on the way to the server's start).
  const std::string text = fmt::format("{:<10}\n", ::getpid());
  if (::pwrite(attempt->fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return system_error("cannot write " + path, errno);
  return attempt;
}

bool run_dir_is_held(const std::string& run_dir) {
  const UniqueFd fd{::open(lock_file(run_dir).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd)
    return errno != ENOENT;
  return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;  // given back with the descriptor
}

std::optional<int> run_dir_holder(const std::string& run_dir) {
  const Result<std::string> text = read_text_file(lock_file(run_dir));
  if (!text)
    return std::nullopt;
  const auto pid = parse_int(trim(*text));
  return pid ? std::optional<int>{static_cast<int>(*pid)} : std::nullopt;
}

}  // namespace unified::os
