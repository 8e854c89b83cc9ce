#include <cstdio>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/configuration.h"
#include "cli/control.h"
#include "cli/duration_option.h"
#include "cli/log_history.h"

namespace unified::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenReads{300};
/// A restart is over by then.
constexpr milliseconds kLongestAbsence{15'000};

struct LogsOptions {
  bool follow = false;
  bool json = false;
  milliseconds since{0};             ///< 0: all that is in memory
  std::optional<std::size_t> lines;  ///< the last ones; none: all
};

WallTime time_of_entry(const nlohmann::json& entry) {
  const auto since_epoch = milliseconds{static_cast<std::int64_t>(entry.value("at", 0.0) * 1000)};
  return WallTime{since_epoch};
}

void print(const nlohmann::json& entry, bool json) {
  if (json) {
    fmt::print("{}\n", entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  const auto at = std::chrono::time_point_cast<milliseconds>(time_of_entry(entry));
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  fmt::print("{:%Y-%m-%d %H:%M:%S}.{:03} {:<11} {}\n", fmt::localtime(seconds),
             at.time_since_epoch().count() % 1000, entry.value("source", ""),
             entry.value("text", ""));
}

/// What is in memory after `last`, which moves on. Nothing: nobody answered.
std::optional<std::vector<nlohmann::json>> newer(const Context& context, std::uint64_t& last) {
  const auto answer = ask_supervisor(context, fmt::format("/logs?after={}", last), kProbePatience);
  if (!answer || answer->status != 200)
    return std::nullopt;
  const auto body = nlohmann::json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("lines"))
    return std::nullopt;
  last = body.value("last", std::uint64_t{0});
  return body["lines"].get<std::vector<nlohmann::json>>();
}

/// What nats-server wrote before the lines in memory begin.
std::vector<nlohmann::json> history(const Context& context, WallTime since, WallTime until) {
  std::vector<nlohmann::json> entries;
  const auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded || loaded->settings.logs.nats_log_file.empty())
    return entries;
  auto lines = lines_between(loaded->settings.logs.nats_log_file, since, until);
  if (!lines) {
    fmt::print(stderr, "unified_entrypoint: NATS_LOG_FILE: {}: what is older is left out\n",
               lines.error().message);
    return entries;
  }
  for (std::string& line : *lines) {
    const auto at = time_of(line).value_or(since);
    entries.push_back({{"at", std::chrono::duration<double>(at.time_since_epoch()).count()},
                       {"source", "nats-server"},
                       {"text", std::move(line)}});
  }
  return entries;
}

void print_all(const Context& context,
               const LogsOptions& options,
               std::vector<nlohmann::json> entries) {
  if (options.since.count() > 0) {
    const WallTime since = std::chrono::system_clock::now() - options.since;
    const WallTime oldest =
        entries.empty() ? std::chrono::system_clock::now() : time_of_entry(entries.front());
    std::erase_if(entries,
                  [since](const nlohmann::json& entry) { return time_of_entry(entry) < since; });
    if (oldest > since) {
      std::vector<nlohmann::json> before = history(context, since, oldest);
      entries.insert(entries.begin(), std::make_move_iterator(before.begin()),
                     std::make_move_iterator(before.end()));
    }
  }
  const std::size_t wanted = options.lines.value_or(entries.size());
  for (std::size_t i = entries.size() - std::min(wanted, entries.size()); i < entries.size(); ++i)
    print(entries[i], options.json);
}

int follow(const Context& context, const LogsOptions& options, std::uint64_t last) {
  auto seen = std::chrono::steady_clock::now();
  while (std::fflush(stdout) == 0) {
    std::this_thread::sleep_for(kBetweenReads);
    const auto entries = newer(context, last);
    if (entries) {
      seen = std::chrono::steady_clock::now();
      for (const nlohmann::json& entry : *entries)
        print(entry, options.json);
    } else if (std::chrono::steady_clock::now() - seen > kLongestAbsence) {
      fmt::print(stderr, "unified_entrypoint: the supervisor is gone\n");
      return kExitUnavailable;
    }
  }
  return kExitCheckFailed;  // nobody reads any more
}

int logs(const Context& context, const LogsOptions& options) {
  std::uint64_t last = 0;
  const auto entries = newer(context, last);
  if (!entries) {
    fmt::print(stderr,
               "unified_entrypoint: no supervisor answers; what an ended one wrote is in "
               "NATS_LOG_FILE and in its own output\n");
    return kExitUnavailable;
  }
  print_all(context, options, *entries);
  return options.follow ? follow(context, options, last) : kExitOk;
}

}  // namespace

void add_logs(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "logs", "The last lines of the supervisor and of nats-server (200 of each)");
  command->footer(
      "With --since, what nats-server wrote before them comes from NATS_LOG_FILE and its rotated "
      "files.\n"
      "Example: unified_entrypoint logs -f --since 10m");
  auto options = std::make_shared<LogsOptions>();
  command->add_flag("-f,--follow", options->follow, "Go on with what comes, until ^C");
  command->add_flag("--json", options->json, "One object a line: at, source, text");
  command->add_option("-n,--lines", options->lines, "At most that many, the last ones")
      ->check(CLI::Validator{CLI::NonNegativeNumber}.description(""))
      ->type_name("N");
  add_duration(*command, "--since", options->since, "Only what was written in that time");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = logs(context, *options); });
}

}  // namespace unified::cli
