#pragma once

#include <chrono>
#include <thread>

namespace unified::test {

/// Looks at `condition` until it is true or the time is over; returns its last value. The one place
/// in the tests that may pause: for things that can only be asked, never waited for.
template <typename Condition>
bool wait_until(std::chrono::milliseconds limit, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace unified::test
