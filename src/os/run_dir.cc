#include "os/run_dir.h"

#include <fcntl.h>
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

/// A directory of ours, opened in a way that follows no symlink, that only we may write to.
Result<void> check_private(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd)
    return system_error("cannot use " + path, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0)
    return system_error("cannot stat " + path, errno);
  if (info.st_uid != ::geteuid())
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
  for (const std::string& candidate : candidates)
    if (check_private(candidate) && ::access(lock_file(candidate).c_str(), F_OK) == 0)
      return candidate;
  return std::nullopt;
}

Result<LockAttempt> try_lock_run_dir(const std::string& run_dir) {
  const std::string path = lock_file(run_dir);
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd)
    return system_error("cannot open " + path, errno);
  Result<LockAttempt> attempt = try_lock(std::move(fd), path);
  if (!attempt || attempt->held_by_another())
    return attempt;
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(attempt->fd.get(), 0) != 0 ||
      ::pwrite(attempt->fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return system_error("cannot write " + path, errno);
  return attempt;
}

std::optional<int> run_dir_holder(const std::string& run_dir) {
  const Result<std::string> text = read_text_file(lock_file(run_dir));
  if (!text)
    return std::nullopt;
  const auto pid = parse_int(trim(*text));
  return pid ? std::optional<int>{static_cast<int>(*pid)} : std::nullopt;
}

}  // namespace unified::os
