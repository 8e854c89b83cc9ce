#pragma once

#include <cstdint>
#include <string>

#include "support/temp_dir.h"

namespace unified::test {

/// A file system of a few megabytes in a mount namespace of the test process, gone with it. Only
/// for root: why_not() says what is in the way, empty if nothing is.
class SmallDisk {
 public:
  explicit SmallDisk(std::int64_t megabytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk(SmallDisk&&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  SmallDisk& operator=(SmallDisk&&) = delete;
  ~SmallDisk();

  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }
  /// Takes this much, or all that is left.
  void take(std::int64_t bytes) const;
  void take_everything() const { take(INT64_MAX); }
  /// Gives back what was taken.
  void give_back() const;

 private:
  TempDir folder_;
  std::string why_not_;
};

}  // namespace unified::test
