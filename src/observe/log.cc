#include "observe/log.h"

#include <array>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>

#include "base/printable.h"
#include "observe/line_writer.h"
#include "observe/server_line.h"

namespace unified::observe {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames{"TRACE",   "DEBUG", "INFO",
                                                      "WARNING", "ERROR", "CRITICAL"};

class AsyncLog final : public Log {
 public:
  AsyncLog(LogOptions options, std::shared_ptr<LogFile> file)
      : options_(std::move(options)),
        scrubber_(std::make_shared<const Scrubber>(options_.scrubber)),
        file_(std::move(file)),
        writer_(file_) {}

  void write(Level level, std::string_view text) override {
    if (level < options_.level)
      return;
    const std::string clean = scrub(text);
    const std::string_view name = kLevelNames.at(static_cast<std::size_t>(level));
    const std::string named = fmt::format("{:<8} {}", name, clean);
    recent_.add(Source::kSupervisor, std::chrono::system_clock::now(), named);
    writer_.post(options_.format == Format::kText ? dated(named)
                                                  : json_line(name, "supervisor", clean) + "\n",
                 false);
  }

  void server_line(std::string_view line) override {
    std::string clean = scrub(line);
    recent_.add(Source::kServer, std::chrono::system_clock::now(), clean);
    if (options_.format == Format::kJson) {
      const ServerLine parsed = parse_server_line(clean);
      clean = json_line(kLevelNames.at(static_cast<std::size_t>(parsed.level)), "nats-server",
                        parsed.text);
    }
    clean += '\n';
    writer_.post(std::move(clean), true);
  }

  void add_secrets(const std::vector<std::string>& secrets) override {
    const std::scoped_lock lock{scrubber_mutex_};
    scrubber_ = std::make_shared<const Scrubber>(scrubber_->with(secrets));
  }

  [[nodiscard]] std::uint64_t dropped() const override { return writer_.lost(); }

  [[nodiscard]] std::string file_problem() const override {
    return file_ ? file_->problem() : std::string{};
  }

  [[nodiscard]] std::string scrub(std::string_view text) const override {
    return printable(current_scrubber()->scrub(text));
  }

  [[nodiscard]] const LineRing& recent() const override { return recent_; }

  void reopen() override {
    if (file_)
      file_->reopen();
  }

  bool drain(std::chrono::milliseconds timeout) override { return writer_.drain(timeout); }

 private:
  [[nodiscard]] std::string dated(const std::string& text) {
    spdlog::memory_buf_t line;
    const std::scoped_lock lock{dated_mutex_};
    dated_.format({{}, {}, spdlog::level::info, {text.data(), text.size()}}, line);
    return {line.data(), line.size()};
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

  [[nodiscard]] std::shared_ptr<const Scrubber> current_scrubber() const {
    const std::scoped_lock lock{scrubber_mutex_};
    return scrubber_;
  }

  LogOptions options_;
  mutable std::mutex scrubber_mutex_;
  std::shared_ptr<const Scrubber> scrubber_;
  LineRing recent_;
  std::shared_ptr<LogFile> file_;
  std::mutex dated_mutex_;
  spdlog::pattern_formatter dated_{"%Y-%m-%d %H:%M:%S.%e %v"};
  LineWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::create(LogOptions options) {
  std::shared_ptr<LogFile> file;
  if (!options.server_log.path.empty()) {
    auto opened = LogFile::open(options.server_log);
    if (!opened && !options.may_open_later)
      return opened.error();
    file = opened ? *std::move(opened)
                  : LogFile::open_later(options.server_log, opened.error().message);
  }
  return std::unique_ptr<Log>(std::make_unique<AsyncLog>(std::move(options), std::move(file)));
}

}  // namespace unified::observe
