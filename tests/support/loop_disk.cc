#include "support/loop_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "support/process.h"

namespace unified::test {

namespace fs = std::filesystem;

namespace {

/// linux/ext4.h is not for programs: EXT4_IOC_SHUTDOWN, and its way without a last flush.
constexpr unsigned long kShutDown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kWithoutFlush = 2;

}  // namespace

LoopDisk::LoopDisk(std::int64_t megabytes) {
  // Private, so that nobody else sees the mounts and they end with us.
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    why_not_ = "cannot mount here: not root, or not allowed to";
    return;
  }
  fs::create_directory(folder());
  (void)(succeeds(fmt::format("truncate -s {}M {}", megabytes, folder_ / "image")) &&
         succeeds(fmt::format("mkfs.ext4 -q {}", folder_ / "image")) &&
         succeeds(
             fmt::format("mount -o loop,errors=remount-ro {} {}", folder_ / "image", folder())));
}

LoopDisk::~LoopDisk() {
  if (why_not_.empty())
    thaw();
  for (const char* name : {"disk", "after"})
    ::umount2((folder_ / name).c_str(), MNT_DETACH);
}

std::string LoopDisk::after_power_loss() {
  const std::string after = folder_ / "after";
  fs::create_directory(after);
  const bool mounted =
      succeeds(fmt::format("cp --sparse=always {} {}", folder_ / "image", folder_ / "copy")) &&
      succeeds(fmt::format("mount -o loop {} {}", folder_ / "copy", after));
  return mounted ? after : std::string{};
}

bool LoopDisk::succeeds(const std::string& command) {
  const Finished finished = run({.command = {"/bin/sh", "-c", command},
                                 .environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}},
                                 .directory = {}},
                                std::chrono::seconds{30});
  if (finished.status != 0)
    why_not_ = command + ": " + finished.output;
  return finished.status == 0;
}

void LoopDisk::take_everything() const {
  const int file =
      ::open((folder() + "/ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{1} << 10}) {
    const std::vector<char> piece(size, 'b');
    while (::write(file, piece.data(), piece.size()) > 0) {
    }
  }
  ::close(file);
}

bool LoopDisk::control(unsigned long request, void* argument) const {
  const int opened = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = ::ioctl(opened, request, argument) == 0;
  ::close(opened);
  return done;
}

bool LoopDisk::break_down() const {
  std::uint32_t how = kWithoutFlush;
  return control(kShutDown, &how);
}

bool LoopDisk::become_read_only() const {
  const Finished found = run(
      {.command = {"/bin/findmnt", "-no", "SOURCE", folder()}, .environment = {}, .directory = {}});
  const std::string device = found.output.substr(0, found.output.find('\n'));
  std::ofstream trigger{"/sys/fs/ext4/" + std::filesystem::path{device}.filename().string() +
                        "/trigger_fs_error"};
  trigger << "1\n" << std::flush;
  return trigger.good();
}

bool LoopDisk::freeze() const {
  return control(FIFREEZE, nullptr);
}

void LoopDisk::thaw() const {
  (void)control(FITHAW, nullptr);
}

}  // namespace unified::test
