#pragma once

#include <cstdint>
#include <string>

#include "support/temp_dir.h"

namespace unified::test {

/// An ext4 file system in a file, in a mount namespace of the test process, gone with it. Only for
/// root, where loop devices are to be had: why_not() says what is in the way, empty if nothing is.
class LoopDisk {
 public:
  explicit LoopDisk(std::int64_t megabytes);
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk(LoopDisk&&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;
  LoopDisk& operator=(LoopDisk&&) = delete;
  ~LoopDisk();

  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  /// Where it is mounted.
  [[nodiscard]] std::string folder() const { return folder_ / "disk"; }
  /// What a power loss at this moment leaves: the device as it is, without what the file system
  /// still has in memory. Returns where that is mounted; empty: why_not() says why. Once.
  [[nodiscard]] std::string after_power_loss();

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return folder() + "/" + name;
  }
  /// Everything that is left.
  void take_everything() const;
  /// EIO for every call from now on, for good.
  [[nodiscard]] bool break_down() const;
  /// What ext4 does after an error of the disk: EROFS for every write from now on, for good.
  [[nodiscard]] bool become_read_only() const;
  /// Every write waits until thaw(), which the destructor does as well.
  [[nodiscard]] bool freeze() const;
  void thaw() const;

 private:
  [[nodiscard]] bool control(unsigned long request, void* argument) const;
  bool succeeds(const std::string& command);

  TempDir folder_;
  std::string why_not_;
};

}  // namespace unified::test
