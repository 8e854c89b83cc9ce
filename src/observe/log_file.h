#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unified::observe {

struct LogFileOptions {
  std::string path;
  std::int64_t max_bytes = 0;  ///< of one file
  int max_files = 1;           ///< with the one that is written to
};

/// NATS_LOG_FILE: appended to, and rotated by size as nats.log, nats.1.log, nats.2.log … Anything
/// but a plain file (a pipe, a link, /dev/stdout) is appended to and never renamed. append() from
/// one thread only.
class LogFile {
 public:
  /// Fails when the file can't be opened for appending. A new one is 0640.
  static Result<std::unique_ptr<LogFile>> open(LogFileOptions options);
  /// Not opened yet, since that failed (`why`): tried again with the lines that come, at most once
  /// a second. Until then problem() tells.
  static std::unique_ptr<LogFile> open_later(LogFileOptions options, const std::string& why);
  virtual ~LogFile() = default;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Whole lines with their newlines; none is split over two files. False: some of them are lost (a
  /// full disk); the next ones are tried again.
  virtual bool append(std::string_view lines) = 0;
  /// Why the last lines are not in the file; empty: they are. Any thread.
  [[nodiscard]] virtual std::string problem() const = 0;
  /// The next line goes to a file that is opened anew: somebody else moved this one away. Any
  /// thread.
  virtual void reopen() = 0;

 protected:
  LogFile() = default;
};

}  // namespace unified::observe
