#include "observe/log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include "observe/server_line.h"

namespace unified::observe {
namespace {

/// About 0.9 MB when empty; a line is at most 16 KiB (the reader of the server's pipe cuts longer
/// ones).
constexpr std::size_t kQueueLines = 2048;

constexpr std::array<std::string_view, 6> kLevelNames{"TRACE",   "DEBUG", "INFO",
                                                      "WARNING", "ERROR", "CRITICAL"};

/// Writes to descriptors and counts what it has written. Failures (a closed pipe, a full disk) lose
/// the line, nothing else: logging must never stop the broker.
class DescriptorSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DescriptorSink(int file, std::shared_ptr<std::atomic<std::uint64_t>> written)
      : file_(file),
        written_(std::move(written)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_all(STDOUT_FILENO, line);
    if (file_ >= 0)
      write_all(file_, line);
    written_->fetch_add(1);
  }
  void flush_() override {}

 private:
  static void write_all(int descriptor, const spdlog::memory_buf_t& line) {
    const char* at = line.data();
    std::size_t left = line.size();
    while (left > 0) {
      const ssize_t count = ::write(descriptor, at, left);
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0 &&
          errno == EAGAIN) {  // a stdout that somebody made non-blocking: half a line helps nobody
        pollfd room{descriptor, POLLOUT, 0};
        ::poll(&room, 1, -1);
        continue;
      }
      if (count <= 0)
        return;
      at += count;
      left -= static_cast<std::size_t>(count);
    }
  }

  int file_;
  std::shared_ptr<std::atomic<std::uint64_t>> written_;
};

class AsyncLog final : public Log {
 public:
  AsyncLog(LogOptions options, int file)
      : options_(std::move(options)),
        file_(file),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
        own_(make_logger(-1, options_.format == Format::kText ? "%Y-%m-%d %H:%M:%S.%e %v" : "%v")),
        server_(make_logger(file, "%v")) {}

  ~AsyncLog() override {
    // The pool's destructor waits for the queue; a stalled reader would keep us for ever, so leave
    // it behind instead.
    if (!drain(std::chrono::milliseconds{200}))
      new std::shared_ptr<spdlog::details::thread_pool>(
          pool_);  // NOLINT(cppcoreguidelines-owning-memory)
    else if (file_ >= 0)
      ::close(file_);
  }

  void write(Level level, std::string_view text) override {
    if (level < options_.level)
      return;
    const std::string clean = options_.scrubber.scrub(text);
    const std::string_view name = kLevelNames.at(static_cast<std::size_t>(level));
    post(*own_, options_.format == Format::kText ? fmt::format("{:<8} {}", name, clean)
                                                 : json_line(name, "supervisor", clean));
  }

  void server_line(std::string_view line) override {
    const std::string clean = options_.scrubber.scrub(line);
    if (options_.format == Format::kText) {
      post(*server_, clean);
      return;
    }
    const ServerLine parsed = parse_server_line(clean);
    post(*server_, json_line(kLevelNames.at(static_cast<std::size_t>(parsed.level)), "nats-server",
                             parsed.text));
  }

  [[nodiscard]] std::uint64_t dropped() const override { return pool_->overrun_counter(); }

  bool drain(std::chrono::milliseconds timeout) override {
    const std::uint64_t goal = posted_.load();
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (written_->load() + dropped() < goal) {
      if (std::chrono::steady_clock::now() >= deadline)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
  }

 private:
  std::shared_ptr<spdlog::async_logger> make_logger(int file, const std::string& pattern) {
    auto sink = std::make_shared<DescriptorSink>(file, written_);
    auto logger = std::make_shared<spdlog::async_logger>(
        "", std::move(sink), pool_, spdlog::async_overflow_policy::overrun_oldest);
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
    logger->set_level(spdlog::level::trace);
    return logger;
  }

  void post(spdlog::async_logger& logger, const std::string& line) {
    posted_.fetch_add(1);
    logger.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
  }

  static std::string json_line(std::string_view level,
                               std::string_view source,
                               std::string_view text) {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto days = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date{days};
    const std::chrono::hh_mm_ss time{seconds - days};
    nlohmann::ordered_json line;
    line["time"] =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    time.hours().count(), time.minutes().count(), time.seconds().count(),
                    (now - seconds).count());
    line["level"] = level;
    line["source"] = source;
    line["message"] = text;
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  LogOptions options_;
  int file_;
  std::atomic<std::uint64_t> posted_{0};
  std::shared_ptr<std::atomic<std::uint64_t>> written_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> own_;
  std::shared_ptr<spdlog::async_logger> server_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::create(LogOptions options) {
  int file = -1;
  if (!options.server_log_file.empty()) {
    file = ::open(options.server_log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0)
      return system_error("cannot open " + options.server_log_file + " for appending", errno);
  }
  return std::unique_ptr<Log>(std::make_unique<AsyncLog>(std::move(options), file));
}

}  // namespace unified::observe
