#pragma once

#include <unistd.h>

#include <utility>

namespace unified::os {

/// Owns one file descriptor and closes it. Move-only; -1 is "none".
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  /// The descriptor, now the caller's to close.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  /// Closes what is held and takes `fd`. Not repeated on EINTR: Linux has closed it by then.
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0 && old != fd)
      ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace unified::os
