#include "support/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace unified::test {
namespace {

constexpr std::size_t kPiece = 4096;  // a block, so that nothing is left over

}  // namespace

SmallDisk::SmallDisk(std::int64_t megabytes) {
  const std::string options = "size=" + std::to_string(megabytes) + "m";
  // Private, so that nobody else sees the mount and it ends with us.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0)
    why_not_ = std::string{"cannot mount a tmpfs: "} +
               std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
}

SmallDisk::~SmallDisk() {
  if (why_not_.empty())
    ::umount2(folder_.path().c_str(), MNT_DETACH);
}

void SmallDisk::take(std::int64_t bytes) const {
  const int file =
      ::open((folder_ / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::vector<char> piece(kPiece, 'b');
  for (ssize_t written = 1; bytes > 0 && written > 0; bytes -= written)
    written = ::write(file, piece.data(), piece.size());
  ::close(file);
}

void SmallDisk::give_back() const {
  ::unlink((folder_ / "ballast").c_str());
}

}  // namespace unified::test
