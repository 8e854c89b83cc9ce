#pragma once

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/pipe.h"
#include "os/process.h"
#include "os/reaper.h"
#include "os/spawn.h"

namespace unified::os {

/// How long any step of a test may take before it counts as hung.
constexpr std::chrono::seconds kPatience{10};

/// Waits until `fd` is readable (or its other end is closed); false when the test should give up.
inline bool wait_readable(int fd, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd entry{fd, POLLIN, 0};
    const int result = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (result >= 0 || errno != EINTR)
      return result > 0;
  }
}

/// Everything until the end of file.
inline std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (wait_readable(fd)) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0)
      return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ADD_FAILURE() << "no end of output after: " << text;
  return text;
}

/// One line, without its end.
inline std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (wait_readable(fd) && ::read(fd, &c, 1) == 1 && c != '\n')
    line += c;
  return line;
}

/// A running `misbehave` with its stdout in a pipe; killed and reaped at the end of the test.
class ChildUnderTest {
 public:
  explicit ChildUnderTest(std::vector<std::string> arguments, SpawnRequest request = {}) {
    Result<Pipe> pipe = make_pipe();
    if (!pipe) {
      ADD_FAILURE() << pipe.error().message;
      return;
    }
    if (request.program.empty())
      request.program = UNIFIED_MISBEHAVE;
    request.arguments = std::move(arguments);
    request.arguments.insert(request.arguments.begin(), "misbehave");
    request.stdout_fd = pipe->write.get();
    Result<Child, SpawnError> spawned = spawn(request);
    if (!spawned) {
      ADD_FAILURE() << spawned.error().message;
      return;
    }
    child_ = std::move(*spawned);
    output_ = std::move(pipe->read);
  }
  ~ChildUnderTest() {
    if (child_.pid > 0 && !status_) {
      (void)kill_group(child_.pid);
      (void)wait();
    }
  }
  ChildUnderTest(const ChildUnderTest&) = delete;
  ChildUnderTest& operator=(const ChildUnderTest&) = delete;

  [[nodiscard]] const Child& child() const { return child_; }
  [[nodiscard]] int pid() const { return child_.pid; }
  [[nodiscard]] int output() const { return output_.get(); }
  std::string output_line() { return read_line(output_.get()); }
  std::string whole_output() { return read_to_end(output_.get()); }
  int exec_error() { return read_exec_error(child_.exec_error.get()); }

  /// Waits for the end by the pidfd, then reaps.
  std::optional<supervise::ExitStatus> wait() {
    if (!wait_readable(child_.pidfd.get())) {
      ADD_FAILURE() << "pid " << child_.pid << " does not end";
      return std::nullopt;
    }
    reap_all({.before = {}, .after = [this](int pid, const supervise::ExitStatus& status) {
                if (pid == child_.pid)
                  status_ = status;
              }});
    return status_;
  }

 private:
  Child child_;
  UniqueFd output_;
  std::optional<supervise::ExitStatus> status_;
};

}  // namespace unified::os
