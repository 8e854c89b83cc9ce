#include "os/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "os/unique_fd.h"

namespace unified::os {
namespace {

/// A file that is removed unless it found its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string pattern)
      : path_(std::move(pattern)),
        fd_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~TemporaryFile() {
    if (fd_ && !placed_)
      ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] bool created() const { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// False: errno says why.
  bool place_at(const std::string& path) {
    placed_ = ::rename(path_.c_str(), path.c_str()) == 0;
    return placed_;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool placed_ = false;
};

/// False: errno says why.
bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_directory(const std::string& directory) {
  const UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // EINVAL: a file system that has nothing to sync there.
  if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL))
    return system_error("cannot sync " + directory, errno);
  return {};
}

}  // namespace

Result<void> write_file_atomically(const std::string& path,
                                   std::string_view content,
                                   mode_t mode,
                                   Durability durability) {
  const std::string directory = directory_of(path);
  const std::string operation = "cannot write " + path;
  TemporaryFile file{directory + "/." + path.substr(path.rfind('/') + 1) + ".XXXXXX"};
  if (!file.created())
    return system_error(operation, errno);
  const bool synced = durability == Durability::kSynced;
  const bool complete = ::fchmod(file.fd(), mode) == 0 && write_all(file.fd(), content) &&
                        (!synced || ::fsync(file.fd()) == 0);
  // ext4 writes the data out inside a rename that replaces a file (auto_da_alloc, 1.3 ms): without
  // one it is a change in memory.
  if (complete && !synced)
    (void)::unlink(path.c_str());
  if (!complete || !file.place_at(path))
    return system_error(operation, errno);
  return synced ? sync_directory(directory) : Result<void>{};
}

bool replace_with_reserve(const std::string& path,
                          const std::string& reserve,
                          std::string_view content,
                          mode_t mode) {
  const UniqueFd fd{::open(reserve.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      info.st_uid != ::geteuid() || info.st_nlink != 1 ||
      info.st_size < static_cast<off_t>(content.size()))
    return false;
  return ::fchmod(fd.get(), mode) == 0 && write_all(fd.get(), content) &&
         ::ftruncate(fd.get(), static_cast<off_t>(content.size())) == 0 && ::fsync(fd.get()) == 0 &&
         ::rename(reserve.c_str(), path.c_str()) == 0;
}

}  // namespace unified::os
