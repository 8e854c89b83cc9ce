#include "app/reloader.h"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/conf_file.h"
#include "app/places.h"
#include "app/provision_options.h"
#include "app/reload_streams.h"
#include "app/server_test.h"
#include "app/store_check.h"
#include "health/http/http_probe.h"
#include "observe/server_line.h"
#include "os/passing_fault.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Kind = ReloadOutcome::Kind;

/// Between two reloads: fifty requests in a second end in two.
constexpr milliseconds kSpacing{1000};
constexpr milliseconds kReadPatience{30'000};
constexpr milliseconds kWritePatience{10'000};
constexpr milliseconds kReadyPatience{60'000};
constexpr milliseconds kConfirmPatience{5000};
constexpr milliseconds kLook{50};

/// What a start would say, all of it: the configuration, nats-server's own test, the store.
std::optional<Failure> fault_of(const Preparation& next,
                                const std::string& run_dir,
                                const std::vector<std::string>& arguments) {
  if (const auto tested = test_conf(next, arguments); !tested)
    return tested.error();
  if (!next.settings.jetstream.enabled)
    return std::nullopt;
  const auto checked =
      check_store(next.settings, next.manifest.streams, next.server.version, run_dir);
  if (!checked)
    return checked.error();
  return std::nullopt;
}

/// The places that a start would write to: those of now may stay as they are, new ones must be
/// usable before anything is stopped.
std::optional<Failure> fault_of_places(const config::Settings& next) {
  std::vector<std::string> lines = unusable_places(next);
  if (!next.server.config_file.empty())
    if (const auto free = check_conf_place(next.server.config_file); !free)
      lines.push_back("NATS_CONFIG_FILE: " + free.error().message);
  return lines.empty() ? std::nullopt
                       : std::optional{Failure{kExitConfiguration, std::move(lines)}};
}

/// The next life's nats.conf must find room, whatever happens until it is written.
std::optional<Failure> fault_of_room(const Preparation& next, const std::string& run_dir) {
  const std::string& named = next.settings.server.run_dir;
  const std::string conf =
      conf_path(next.settings.server.config_file, named.empty() ? run_dir : named);
  const auto reserved = reserve_conf_room(conf, next.conf.size());
  if (reserved)
    return std::nullopt;
  const bool passes = os::may_pass(reserved.error());
  return Failure{passes ? kExitRestartsSpent : kExitCheckFailed,
                 {fmt::format("nothing was stopped: the next nats.conf ({} bytes) could not be "
                              "written: {}; {} there",
                              next.conf.size(), reserved.error().message,
                              passes ? "make room" : "let us write")}};
}

}  // namespace

Reloader::Reloader(asio::any_io_executor reactor, Parts parts)
    : reactor_(std::move(reactor)),
      parts_(std::move(parts)) {}

asio::awaitable<ReloadOutcome> Reloader::reload() {
  if (!next_)
    next_ = std::make_shared<Turn>(
        Turn{asio::steady_timer{reactor_, asio::steady_timer::time_point::max()}, false, {}});
  const std::shared_ptr<Turn> turn = next_;
  if (!running_) {
    running_ = true;
    asio::co_spawn(reactor_, run_turns(), asio::detached);
  }
  if (!turn->over) {
    co_await turn->done.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return turn->outcome;
}

asio::awaitable<void> Reloader::run_turns() {
  while (next_) {
    const std::shared_ptr<Turn> turn = std::exchange(next_, nullptr);
    try {
      turn->outcome = co_await once();
    } catch (const std::exception& failure) {
      turn->outcome = {Kind::kNotNow, {fmt::format("internal error: {}", failure.what())}};
    }
    for (std::string& line : turn->outcome.lines)
      line = parts_.log.scrub(line);
    for (std::string& warning : turn->outcome.warnings)
      warning = parts_.log.scrub(warning);
    tell(turn->outcome);
    parts_.on_done();
    turn->over = true;
    turn->done.cancel();
    co_await rest(kSpacing);
  }
  running_ = false;
}

void Reloader::tell(const ReloadOutcome& outcome) const {
  for (const std::string& warning : outcome.warnings)
    parts_.log.warn("{}", warning);
  const std::string text =
      fmt::format("reload: {}{}{}", to_text(outcome.kind), outcome.lines.empty() ? "" : ": ",
                  fmt::join(outcome.lines, "; "));
  if (outcome.kind == Kind::kApplied || outcome.kind == Kind::kUnchanged)
    parts_.log.info("{}", text);
  else
    parts_.log.error("{}", text);
}

asio::awaitable<ReloadOutcome> Reloader::once() {
  Found found = co_await look(true);
  if (!found)
    co_return outcome_of(found.error());
  std::shared_ptr<Candidate> candidate = *found;
  parts_.log.add_secrets(candidate->next.settings.secrets);
  std::vector<std::string> warnings = candidate->next.config_warnings;
  ReloadOutcome outcome = co_await carry_out(std::move(candidate));
  outcome.warnings = new_warnings(parts_.current.config_warnings, warnings);
  if (is_in_force(outcome.kind))
    adopt_warnings(parts_.current, std::move(warnings));
  co_return outcome;
}

asio::awaitable<ReloadOutcome> Reloader::carry_out(std::shared_ptr<Candidate> candidate) {
  const ReloadPlan& plan = candidate->plan;
  if (plan.empty())
    co_return ReloadOutcome{Kind::kUnchanged, {}};
  if (!plan.need_restart.empty())
    co_return ReloadOutcome{
        Kind::kNeedsRestart,
        {fmt::format("{} can't change while the broker runs: `restart`, or `reload "
                     "--allow-restart`",
                     fmt::join(plan.need_restart, ", "))}};
  const bool running = co_await wait_until_running();
  if (!running)
    co_return ReloadOutcome{
        Kind::kNotNow,
        {fmt::format("nats-server is {}", to_text(parts_.supervisor.lifecycle().phase))}};
  ReloadOutcome outcome = co_await apply(std::move(candidate));
  co_return outcome;
}

asio::awaitable<std::optional<Failure>> Reloader::find_fault() {
  Found found = co_await look(false);
  if (!found)
    co_return found.error();
  co_return std::nullopt;
}

asio::awaitable<Reloader::Found> Reloader::look(bool compare) {
  if (!worker_)
    worker_ = std::make_unique<Worker>(reactor_);
  // Copies: the thread may still read when the patience is over.
  std::function<Found()> task = [read = parts_.read_again, run_dir = parts_.run_dir, compare,
                                 arguments = parts_.server_arguments,
                                 now = std::make_shared<const Preparation>(parts_.current)] {
    auto next = read(now->internal);
    if (!next)
      return Found{next.error()};
    auto candidate = std::make_shared<Candidate>();
    candidate->next = *std::move(next);
    candidate->plan = plan_reload(*now, candidate->next);
    if (compare && (candidate->plan.empty() || !candidate->plan.need_restart.empty()))
      return Found{std::move(candidate)};
    if (auto fault = fault_of(candidate->next, run_dir, arguments))
      return Found{*std::move(fault)};
    if (auto fault = compare ? std::nullopt : fault_of_places(candidate->next.settings))
      return Found{*std::move(fault)};
    if (auto fault = compare ? std::nullopt : fault_of_room(candidate->next, run_dir))
      return Found{*std::move(fault)};
    return Found{std::move(candidate)};
  };
  std::optional<Found> found = co_await worker_->call<Found>(std::move(task), kReadPatience);
  if (!found)
    co_return Found{
        Failure{kExitRestartsSpent, {"the configuration can't be read: the disk does not answer"}}};
  co_return *std::move(found);
}

/// Before it is ready a HUP would kill it.
asio::awaitable<bool> Reloader::wait_until_running() {
  using supervise::Phase;
  const auto deadline = std::chrono::steady_clock::now() + kReadyPatience;
  for (;;) {
    const Phase phase = parts_.supervisor.lifecycle().phase;
    if (phase == Phase::kRunning)
      co_return true;
    const bool coming = phase == Phase::kStarting || phase == Phase::kRecovering;
    if (!coming || std::chrono::steady_clock::now() >= deadline)
      co_return false;
    co_await rest(kLook);
  }
}

asio::awaitable<ReloadOutcome> Reloader::apply(std::shared_ptr<Candidate> candidate) {
  Preparation& next = candidate->next;
  if (candidate->plan.server) {
    const std::optional<std::string> refused = co_await change_server(next.conf);
    if (refused)
      co_return ReloadOutcome{Kind::kRefused, {*refused}};
  }
  const ReloadPlan& plan = candidate->plan;
  parts_.current.settings = std::move(next.settings);
  parts_.current.manifest = std::move(next.manifest);
  parts_.current.connect = std::move(next.connect);
  parts_.current.conf = std::move(next.conf);
  parts_.current.files = std::move(next.files);
  parts_.current.read_from = std::move(next.read_from);
  ProvisionOptions options = provision_options(parts_.current);
  options.allowed = {};  // what may be lost is asked for at a start, or by `init` (DESIGN.md)
  const StreamsView before = parts_.provisioner.view();
  parts_.provisioner.adopt(std::move(options), plan.streams, plan.login);
  ReloadOutcome outcome{Kind::kApplied, plan.differences};
  if (plan.streams) {
    co_await add_streams_outcome(parts_.provisioner, before, outcome);
  }
  co_return outcome;
}

/// Nothing = the server has taken it.
asio::awaitable<std::optional<std::string>> Reloader::change_server(const std::string& conf) {
  const std::string before = co_await load_time();
  if (before.empty())
    co_return "nats-server's monitor port does not answer, so that nothing could be confirmed";
  const Result<void> written = co_await write(conf);
  if (!written)
    co_return written.error().message;
  refusal_.clear();
  const std::uint64_t incarnation = parts_.supervisor.lifecycle().incarnation;
  const bool sent = parts_.supervisor.hang_up();
  const auto deadline = std::chrono::steady_clock::now() + kConfirmPatience;
  while (sent && refusal_.empty() && std::chrono::steady_clock::now() < deadline) {
    const std::string now = co_await load_time();
    if (parts_.supervisor.lifecycle().incarnation != incarnation)
      break;  // it started anew, with the old file
    if (!now.empty() && now != before)
      co_return std::nullopt;
    co_await rest(kLook);
  }
  const Result<void> restored = co_await write(parts_.current.conf);
  const std::string problem = restored ? "" : "; " + restored.error().message;
  if (!refusal_.empty())
    co_return refusal_ + problem;
  // It may have read the new file, or still do so: it is told to go back.
  parts_.supervisor.hang_up();
  co_return "nats-server did not confirm it in time; it was told to go back to the old nats.conf" +
      problem;
}

void Reloader::drain(milliseconds patience) {
  if (worker_)
    worker_->drain(patience);
}

void Reloader::server_line(std::string_view line) {
  constexpr std::string_view kFailed = "Failed to reload server configuration: ";
  const std::size_t at = line.find(kFailed);
  if (at == std::string_view::npos || observe::parse_server_line(line).from_client)
    return;
  refusal_ = parts_.log.scrub(line.substr(at + kFailed.size()));
}

/// /varz's `config_load_time`; empty: no answer.
asio::awaitable<std::string> Reloader::load_time() const {
  std::string target = "/varz";
  std::string host = parts_.current.monitor_address;
  const auto answer =
      co_await health::http_get(std::move(host), parts_.current.settings.server.http_port,
                                std::move(target), kConfirmPatience);
  if (!answer)
    co_return std::string{};
  const auto body = nlohmann::json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("config_load_time") ||
      !body["config_load_time"].is_string())
    co_return std::string{};
  co_return body["config_load_time"].get<std::string>();
}

asio::awaitable<Result<void>> Reloader::write(std::string conf) {
  std::function<Result<void>()> task = [path = parts_.conf_path, text = std::move(conf)] {
    return write_conf(path, text, os::Durability::kSynced);
  };
  const auto written = co_await worker_->call<Result<void>>(std::move(task), kWritePatience);
  if (!written)
    co_return Error{parts_.conf_path + ": the disk does not answer"};
  co_return *written;
}

asio::awaitable<void> Reloader::rest(milliseconds time) {
  asio::steady_timer timer{reactor_, time};
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace unified::app
