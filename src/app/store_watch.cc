#include "app/store_watch.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/store_probe.h"
#include "health/http/http_probe.h"
#include "observe/server_line.h"
#include "os/store_scan.h"
#include "os/trial_write.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using health::FolderTrial;
using health::TrialOutcome;
using health::TrialStep;
using TrialKind = TrialOutcome::Kind;
using Stage = std::atomic<os::TrialStage>;

/// A disk under load may take seconds for an fsync that nats-server never waits for.
constexpr std::chrono::milliseconds kWritePatience{10'000};
constexpr std::chrono::milliseconds kHealthzPatience{3000};
constexpr std::chrono::seconds kRest{5};

bool is_up(const supervise::Lifecycle& life) {
  return life.want == supervise::Want::kUp && life.phase == supervise::Phase::kRunning;
}

/// Of a trial that has no outcome.
TrialOutcome without_outcome(TrialKind kind, const std::string& where) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kWritePatience).count();
  if (kind == TrialKind::kSlowSync)
    return {kind, fmt::format("an fsync of 4 KiB in {} did not end within {} s", where, seconds)};
  if (kind == TrialKind::kSilent)
    return {kind, fmt::format("a write of 4 KiB in {} did not end within {} s", where, seconds)};
  return {TrialKind::kUnknown, "our own process was stopped meanwhile, or had no memory"};
}

TrialOutcome write_in(const std::string& folder, std::int64_t offset, Stage& stage) {
  const auto written = os::try_synced_write(folder, offset, stage);
  if (written)
    return {};
  return {written.error().is_ours ? TrialKind::kUnknown : TrialKind::kRefused,
          written.error().message};
}

/// In the folders of all accounts that have a stream of this name; the first failure counts.
FolderTrial try_stream(const std::string& store,
                       const std::string& stream,
                       std::int64_t offset,
                       Stage& stage) {
  FolderTrial trial{.stream = stream, .exists = true, .outcome = {}};
  const auto folders = os::message_folders(store, stream);
  if (!folders) {
    trial.outcome = {TrialKind::kUnknown, folders.error().message};
    return trial;
  }
  trial.exists = !folders->empty();
  for (const std::string& folder : *folders)
    if (trial.outcome.kind == TrialKind::kWritten)
      trial.outcome = write_in(folder, offset, stage);
  return trial;
}

}  // namespace

StoreWatch::StoreWatch(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      disk_(parts_.reactor),
      folders_(parts_.reactor),
      wake_(parts_.reactor) {
  trials_.quiet_period = options_.quiet_period;
}

void StoreWatch::spawned() {
  health::server_started(trials_, Clock::now());
  health::server_started(dead_);
  told_.clear();
  wake_.cancel();
  if (!std::exchange(watching_, true))
    asio::co_spawn(parts_.reactor, watch(), [this](const std::exception_ptr&) {
      watching_ = false;  // out of memory: the next start of nats-server begins anew
    });
}

void StoreWatch::server_ready() {
  health::server_ready(trials_);
  wake_.cancel();
}

void StoreWatch::server_line(std::string_view line) {
  // Before anything is parsed: this runs for every line of the server's.
  if (!health::tells_of_failed_write(line))
    return;
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (parsed.from_client || parsed.level < observe::Level::kWarning)
    return;
  const std::string text = parts_.log.scrub(parsed.text);
  const bool waiting = trials_.line_told;
  health::note_line(dead_, text, Clock::now());
  if (health::note_line(trials_, text, Clock::now()) && !waiting)
    wake_.cancel();
}

std::string StoreWatch::refusal() const {
  return trials_.refusal.empty() ? health::sentence(dead_, declared(), true) : trials_.refusal;
}

std::string StoreWatch::complaint() const {
  std::string dead = health::sentence(dead_, declared(), false);
  return dead.empty() ? health::complaint(trials_, Clock::now()) : dead;
}

StoreWatch::Streams StoreWatch::declared() const {
  Streams names;
  for (const jetstream::StreamSpec& stream : parts_.provisioner.desired().streams)
    names.insert(stream.name);
  return names;
}

bool StoreWatch::runs_still(std::uint64_t incarnation) const {
  const supervise::Lifecycle& life = parts_.supervisor.lifecycle();
  return is_up(life) && life.incarnation == incarnation;
}

Clock::time_point StoreWatch::due() const {
  const Clock::time_point next = health::next_trial(trials_);
  // While nats-server does not run there is nothing to judge: a start wakes us.
  if (is_up(parts_.supervisor.lifecycle()))
    return next;
  return std::max(next, Clock::now() + std::chrono::seconds{1});
}

asio::awaitable<void> StoreWatch::watch() {
  for (;;) {
    wake_.expires_at(due());
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!is_up(parts_.supervisor.lifecycle()) || Clock::now() < health::next_trial(trials_))
      continue;
    try {
      co_await try_once();
    } catch (const std::exception& failure) {  // begin_trial() has put the next one off
      parts_.log.error("internal error in a trial of the store {}, going on: {}",
                       options_.store_dir, failure.what());
    }
  }
}

asio::awaitable<void> StoreWatch::try_once() {
  const std::uint64_t incarnation = parts_.supervisor.lifecycle().incarnation;
  const std::int64_t offset = health::begin_trial(trials_, Clock::now());
  const TrialOutcome outcome = co_await try_store(offset);
  const TrialStep step = health::end_trial(trials_, outcome, jetstream_silent_, Clock::now());
  if (step == TrialStep::kTellRecovery)
    health::confirm(dead_);  // at once: nobody may be told "ready" in between
  tell(step);
  if (dead_.streams.empty() || outcome.kind != TrialKind::kWritten || !runs_still(incarnation))
    co_return;
  co_await look_after_dead_streams(offset);
}

asio::awaitable<TrialOutcome> StoreWatch::try_store(std::int64_t offset) {
  std::function<TrialOutcome(Stage&)> task = [store = options_.store_dir, offset](Stage& stage) {
    return write_in(store, offset, stage);
  };
  auto attempt = co_await disk_.run<TrialOutcome>(std::move(task), kWritePatience);
  if (attempt.value)
    co_return *std::move(attempt.value);
  co_return without_outcome(attempt.without, options_.store_dir);
}

asio::awaitable<std::string> StoreWatch::doubt_of_files() {
  constexpr const char* kNotKnown =
      "whether all files of the declared streams are there is not known: ";
  std::function<std::string(Stage&)> task =
      [store = options_.store_dir,
       streams = parts_.provisioner.streams_on_file()](Stage&) -> std::string {
    const auto seen = look_at_store(store, streams);
    if (!seen)
      return kNotKnown + seen.error().message;
    if (seen->store_exists && seen->without_files.empty())
      return {};
    return "files of a declared stream are gone from the store, and only this process has them "
           "open";
  };
  auto attempt = co_await folders_.run<std::string>(std::move(task), kWritePatience);
  if (attempt.value)
    co_return *std::move(attempt.value);
  co_return kNotKnown + (attempt.without == TrialKind::kUnknown
                             ? without_outcome(attempt.without, options_.store_dir).words
                             : options_.store_dir + " does not answer");
}

asio::awaitable<void> StoreWatch::look_after_dead_streams(std::int64_t offset) {
  const std::uint64_t incarnation = parts_.supervisor.lifecycle().incarnation;
  const std::vector<FolderTrial> seen = co_await try_folders(offset);
  if (!runs_still(incarnation))
    co_return;
  bool all_written = health::end_folder_trials(dead_, seen);
  bool anew = false;
  if (all_written) {
    const std::optional<Streams> refusing = co_await ask_server();
    if (!runs_still(incarnation))
      co_return;
    if (health::end_question(dead_, refusing)) {
      const std::string files = co_await doubt_of_files();
      if (!runs_still(incarnation))
        co_return;
      anew = health::may_start_anew(dead_, obstacle(files), Clock::now());
    }
    all_written = refusing.has_value();
  }
  tell_dead_streams();
  if (anew)
    start_anew();
  // Each question to a server that is not well is a line in its log.
  if (!dead_.streams.empty() && !all_written)
    trials_.again = Clock::now() + kRest;
}

asio::awaitable<std::vector<FolderTrial>> StoreWatch::try_folders(std::int64_t offset) {
  using Trials = std::vector<FolderTrial>;
  std::vector<std::string> names;
  names.reserve(dead_.streams.size());
  for (const auto& [name, stream] : dead_.streams)
    names.push_back(name);
  std::function<Trials(Stage&)> task = [store = options_.store_dir, names, offset](Stage& stage) {
    Trials trials;
    trials.reserve(names.size());
    for (const std::string& name : names)
      trials.push_back(try_stream(store, name, offset, stage));
    return trials;
  };
  auto attempt = co_await folders_.run<Trials>(std::move(task), kWritePatience);
  if (attempt.value)
    co_return *std::move(attempt.value);
  Trials trials;
  trials.reserve(names.size());
  for (const std::string& name : names)
    trials.push_back({name, true, without_outcome(attempt.without, "its folder")});
  co_return trials;
}

asio::awaitable<std::optional<StoreWatch::Streams>> StoreWatch::ask_server() const {
  std::string host = options_.monitor_host;
  std::string target = "/healthz?details=true";
  const auto answer = co_await health::http_get(std::move(host), options_.monitor_port,
                                                std::move(target), kHealthzPatience);
  if (!answer)
    co_return std::nullopt;
  co_return health::refusing_streams(answer->status, answer->body);
}

void StoreWatch::tell(TrialStep step) {
  switch (step) {
    case TrialStep::kTellRefusal:
      parts_.log.error("{}; it is tried again every 5 s; nats-server stays up for its readers",
                       trials_.refusal);
      parts_.black_box.store_refused(trials_.refusal);
      return;
    case TrialStep::kTellDoubt:
      parts_.log.warn("{}; it is tried again every 5 s", trials_.doubt);
      return;
    case TrialStep::kTellRecovery:
      parts_.log.info("the store {} takes writes again", options_.store_dir);
      return;
    case TrialStep::kNothing:
      return;
  }
}

void StoreWatch::tell_dead_streams() {
  const std::string of_declared = health::sentence(dead_, declared(), true);
  const std::string of_others = health::sentence(dead_, declared(), false);
  const std::string now = fmt::format(
      "{}{}{}", of_declared, of_declared.empty() || of_others.empty() ? "" : "; ", of_others);
  if (now == told_)
    return;
  const bool first = told_.empty();
  told_ = now;
  if (now.empty())
    parts_.log.info("every stream takes messages again, as far as nats-server says");
  else
    parts_.log.error("{}", now);
  if (first && !of_declared.empty())
    parts_.black_box.store_refused(of_declared);
}

std::string StoreWatch::obstacle(const std::string& files) const {
  if (!files.empty())
    return files;
  if (!parts_.provisioner.held().empty())
    return parts_.provisioner.held();
  const HeldStreams& held = *parts_.provisioner.held_streams();
  if (held.any_restore())
    return "a stream is being restored";
  for (const auto& [name, stream] : dead_.streams)
    if (const auto why = held.why(name))
      return fmt::format("stream {} {}", name, *why);
  return {};
}

void StoreWatch::start_anew() {
  Streams all;
  for (const auto& [name, stream] : dead_.streams)
    all.insert(name);
  const std::string why = health::sentence(dead_, all, true);
  parts_.log.warn("starting nats-server anew: it does not get over the write that failed");
  parts_.supervisor.down(why, true);
  parts_.supervisor.start();
}

}  // namespace unified::app
