#include "observe/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

namespace unified::observe {
namespace {

using Clock = std::chrono::steady_clock;

constexpr mode_t kMode = 0640;
constexpr std::chrono::seconds kRetry{1};

/// Not a link either: /dev/stdout is one, and leads to a plain file where stdout was redirected.
bool is_plain_file(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// The file opened for appending, without waiting for the reader of a pipe; spdlog would wait. The
/// errno says why not; spdlog only says that it failed, after trying for a while.
Result<int> open_for_appending(const std::string& path) {
  const int opened =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kMode);
  if (opened < 0)
    return system_error("cannot open " + path + " for appending", errno);
  return opened;
}

std::size_t limit_of(const LogFileOptions& options) {
  return is_plain_file(options.path) ? static_cast<std::size_t>(options.max_bytes)
                                     : std::numeric_limits<std::size_t>::max();
}

class RotatingLogFile final : public LogFile {
 public:
  /// Throws what tells why the file can't be opened.
  explicit RotatingLogFile(LogFileOptions options) : options_(std::move(options)) { open_again(); }
  RotatingLogFile(LogFileOptions options, std::string why_not_yet)
      : options_(std::move(options)),
        problem_(std::move(why_not_yet)),
        retry_at_(Clock::now() + kRetry) {}

  bool append(std::string_view lines) override {
    if (!sink_ && Clock::now() < retry_at_)
      return false;
    try {
      if (!sink_ || reopen_.exchange(false))
        open_again();
      while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size() - 1);
        const std::string_view line = lines.substr(0, end + 1);
        sink_->log({{}, {}, spdlog::level::info, {line.data(), line.size()}});
        lines.remove_prefix(line.size());
      }
      sink_->flush();
      note("");
      return true;
    } catch (const std::exception& failure) {
      note(failure.what());
      // Logging must never stop the broker; the caller counts. A sink whose rotation failed has no
      // file, and spdlog 1.10 would write to it all the same; opening tries for 50 ms.
      sink_.reset();
      retry_at_ = Clock::now() + kRetry;
      return false;
    }
  }

  [[nodiscard]] std::string problem() const override {
    const std::scoped_lock lock{mutex_};
    return problem_;
  }

  void reopen() override { reopen_ = true; }

 private:
  /// Throws what can be told: a pipe without a reader (ENXIO) must not hold this thread.
  void open_again() {
    const Result<int> probe = open_for_appending(options_.path);
    if (!probe)
      throw std::runtime_error{probe.error().message};
    struct Closing {
      int opened;
      ~Closing() { ::close(opened); }
    };
    const Closing last{*probe};  // the reader of a pipe must not see its end in between
    spdlog::file_event_handlers handlers;
    handlers.after_open = [](const spdlog::filename_t& /*path*/, std::FILE* file) {
      struct stat info{};
      if (::fstat(::fileno(file), &info) == 0 && info.st_size == 0 && S_ISREG(info.st_mode))
        (void)::fchmod(::fileno(file), kMode);
      (void)::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
    };
    sink_.reset();
    sink_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(
        options_.path, limit_of(options_), static_cast<std::size_t>(options_.max_files - 1), false,
        handlers);
    sink_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%v", spdlog::pattern_time_type::local, std::string{}));
  }

  void note(const char* problem) {
    const std::scoped_lock lock{mutex_};
    problem_ = problem;
  }

  LogFileOptions options_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::unique_ptr<spdlog::sinks::rotating_file_sink_st> sink_;
  std::atomic<bool> reopen_{false};
  Clock::time_point retry_at_;
};

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(LogFileOptions options) {
  try {
    return std::unique_ptr<LogFile>(std::make_unique<RotatingLogFile>(std::move(options)));
  } catch (const std::exception& failure) {
    return Error{failure.what()};
  }
}

std::unique_ptr<LogFile> LogFile::open_later(LogFileOptions options, const std::string& why) {
  return std::make_unique<RotatingLogFile>(std::move(options), why);
}

}  // namespace unified::observe
