#pragma once

namespace unified::test {

/// A TCP port that nobody listens on, reserved for this object: no two living FreePorts on this
/// machine, in whatever test process, are the same. Below the range from which the kernel takes
/// outgoing ports. Throws if there is none.
class FreePort {
 public:
  FreePort();
  FreePort(FreePort&& other) noexcept;
  FreePort(const FreePort&) = delete;
  FreePort& operator=(const FreePort&) = delete;
  FreePort& operator=(FreePort&&) = delete;
  ~FreePort();

  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = 0;
  int lock_ = -1;
};

}  // namespace unified::test
