#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "observe/log_file.h"

namespace unified::observe {

/// The one thread that writes lines to stdout and to the file. It takes what has come meanwhile in
/// one piece: a tracing server says 100,000 lines a second. Without lines it sleeps until there is
/// one (spdlog's own queue, up to 1.10, wakes every 10 s).
///
/// The queue is bounded: when a reader of stdout stalls, the oldest whole lines are dropped and
/// counted. Failures (a closed pipe, a full disk) lose lines, nothing else: logging must never stop
/// the broker.
class LineWriter {
 public:
  /// `file`: may be null.
  explicit LineWriter(std::shared_ptr<LogFile> file);
  /// Waits for what is queued, but not for a reader that stalls.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// A line with its newline; never waits. Any thread.
  void post(std::string line, bool to_file);
  /// Lines dropped, or that did not get out, or not into the file. Any thread.
  [[nodiscard]] std::uint64_t lost() const;
  /// Whether all that was posted before is out, or lost, within `timeout`. Any thread.
  [[nodiscard]] bool drain(std::chrono::milliseconds timeout) const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< the thread's, too: it may have to be left behind
  std::thread thread_;
};

}  // namespace unified::observe
