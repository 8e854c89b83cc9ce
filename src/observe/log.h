#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "base/scrub.h"

namespace unified::observe {

enum class Level { kTrace, kDebug, kInfo, kWarning, kError, kCritical };
enum class Format { kText, kJson };

struct LogOptions {
  Level level = Level::kInfo;  ///< our own lines below it are not written; nats-server has
                               ///< NATS_DEBUG and NATS_TRACE
  Format format = Format::kText;
  std::string server_log_file;  ///< nats-server's lines are appended here too; empty: stdout only
  Scrubber scrubber;
};

/// Where every line goes: ours and nats-server's, to stdout and (the server's) to NATS_LOG_FILE.
///
/// Callers never wait: lines are put into a bounded queue that one thread empties. When a reader of
/// stdout stalls, the oldest whole lines are dropped and counted. Safe from every thread.
class Log {
 public:
  /// Fails only when `server_log_file` can't be opened for appending.
  static Result<std::unique_ptr<Log>> create(LogOptions options);

  virtual ~Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
  }

  /// A line of our own.
  virtual void write(Level level, std::string_view text) = 0;
  /// A line of nats-server, without its newline; goes out as it came (wrapped under Format::kJson).
  virtual void server_line(std::string_view line) = 0;
  /// Lines lost because a reader stalled.
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
  /// Waits until all that was written so far is out, at most `timeout`. False: something is still
  /// in the queue.
  virtual bool drain(std::chrono::milliseconds timeout) = 0;

 protected:
  Log() = default;
};

}  // namespace unified::observe
