#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "base/scrub.h"
#include "observe/line_ring.h"
#include "observe/log_file.h"

namespace unified::observe {

enum class Level { kTrace, kDebug, kInfo, kWarning, kError, kCritical };
enum class Format { kText, kJson };

struct LogOptions {
  Level level = Level::kInfo;  ///< our own lines below it are not written; nats-server has
                               ///< NATS_DEBUG and NATS_TRACE
  Format format = Format::kText;
  LogFileOptions server_log;    ///< nats-server's lines go here too; no path: stdout only
  bool may_open_later = false;  ///< a `server_log` that can't be opened is tried again
  Scrubber scrubber;
};

/// Where every line goes: ours and nats-server's, to stdout and (the server's) to NATS_LOG_FILE.
///
/// Callers never wait: lines are put into a bounded queue that one thread empties. When a reader of
/// stdout stalls, the oldest whole lines are dropped and counted. Safe from every thread.
class Log {
 public:
  /// Fails only when `server_log` can't be opened for appending, and may not be opened later.
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
  /// A line of nats-server, without its newline; goes out as scrub() leaves it (or wrapped, kJson).
  virtual void server_line(std::string_view line) = 0;
  /// From now on these are taken out as well.
  virtual void add_secrets(const std::vector<std::string>& secrets) = 0;
  /// The file was moved away by somebody else: go on in a new one.
  virtual void reopen() = 0;
  /// Lines lost because a reader stalled or went away, or that did not get into the file.
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
  /// Why nats-server's lines are not in NATS_LOG_FILE; empty: they are, or there is none. Any
  /// thread.
  [[nodiscard]] virtual std::string file_problem() const = 0;
  /// Waits until all that was written so far is out, at most `timeout`. False: something is still
  /// in the queue.
  virtual bool drain(std::chrono::milliseconds timeout) = 0;
  /// `text` without the secrets that the log knows; control characters, broken UTF-8 as `\xHH`.
  [[nodiscard]] virtual std::string scrub(std::string_view text) const = 0;
  /// What was written last, scrubbed, also when a reader of stdout stalls.
  [[nodiscard]] virtual const LineRing& recent() const = 0;

 protected:
  Log() = default;
};

}  // namespace unified::observe
