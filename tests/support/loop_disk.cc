#include "support/loop_disk.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "support/process.h"

namespace unified::test {

namespace fs = std::filesystem;

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
         succeeds(fmt::format("mount -o loop {} {}", folder_ / "image", folder())));
}

LoopDisk::~LoopDisk() {
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

}  // namespace unified::test
