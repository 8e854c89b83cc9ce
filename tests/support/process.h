#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace unified::test {

using Environment = std::map<std::string, std::string>;

struct ProcessOptions {
  std::vector<std::string> command;  ///< path, arguments
  Environment environment;           ///< the whole environment; PATH is added when it is not given
  std::string directory;             ///< empty: ours
};

/// A process in a session of its own, with stdout and stderr captured together. When the object
/// ends, everything that is left of the session is killed; when the test is killed, the process is
/// too. Throws std::runtime_error if it can't start.
class Process {
 public:
  explicit Process(const ProcessOptions& options);
  Process(const Process&) = delete;
  Process(Process&&) = delete;
  Process& operator=(const Process&) = delete;
  Process& operator=(Process&&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const;
  /// Everything written so far.
  [[nodiscard]] std::string output() const;
  /// Waits until `text` has been written.
  [[nodiscard]] bool wait_for_output(const std::string& text,
                                     std::chrono::milliseconds limit) const;

  void send(int signal) const;
  /// The exit code, or 128 + n when killed by signal n; nothing when it still runs after `limit`.
  /// May be called again.
  std::optional<int> wait(std::chrono::milliseconds limit);
  [[nodiscard]] bool running();

  /// Living processes of the session besides the first one: children while it runs, orphans when it
  /// has ended.
  [[nodiscard]] std::vector<pid_t> others() const;
  /// Those of them whose program is called `name` ("nats-server").
  [[nodiscard]] std::vector<pid_t> others(const std::string& name) const;
  /// Ended processes of the session that nobody has reaped (the first one not counted).
  [[nodiscard]] std::size_t zombies() const;
  /// Resident memory of the first process in bytes.
  [[nodiscard]] std::size_t resident_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct Finished {
  int status = -1;  ///< exit code, 128 + signal; -1: did not end in time and was killed
  std::string output;
};

/// STOP, and waits until every thread of the process stands still; CONT lets it go on. False if it
/// doesn't within 5 s.
[[nodiscard]] bool freeze(pid_t pid);

/// Runs to the end.
Finished run(const ProcessOptions& options,
             std::chrono::milliseconds limit = std::chrono::seconds{10});

}  // namespace unified::test
