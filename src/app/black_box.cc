#include "app/black_box.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/evidence.h"
#include "health/http/http_probe.h"
#include "os/readings.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kServerPatience{3000};
constexpr milliseconds kStorePatience{1200};  // less than a stop waits for the writer
/// Once it is ready others have more urgent questions.
constexpr std::chrono::seconds kFirstLook{5};

milliseconds since(std::chrono::steady_clock::time_point begun,
                   std::chrono::steady_clock::time_point end) {
  return std::chrono::duration_cast<milliseconds>(end - begun);
}

std::string told(const FlightRecord& record, const Result<std::string>& file) {
  std::string text = record.cause.text;
  if (record.cause.confirmed_by.empty())
    text += " (not confirmed by anything else)";
  else
    text += fmt::format(" (confirmed by: {})", record.cause.confirmed_by);
  if (!record.cause.advice.empty())
    text += "; what to do: " + record.cause.advice;
  return text + (file ? fmt::format("; black box: {}", *file)
                      : fmt::format("; the black box can't be written: {}", file.error().message));
}

/// Adds what the machine and the store show to the record. A store that refuses writes or does not
/// answer is asked nothing more: our own trial has seen more. On the writer's thread; blocks.
void look_at_all(FlightRecord& record, StoreSide& store) {
  supervise::Evidence& evidence = record.evidence;
  const auto ago = std::chrono::system_clock::now() - record.at;
  record.oom_kills_after = look_around(evidence, record.oom_kills_before,
                                       std::chrono::duration_cast<std::chrono::milliseconds>(ago));
  if (evidence.store_dir.empty() ||
      evidence.incident.kind == supervise::Incident::Kind::kStoreRefuses)
    return;
  std::function<StoreSeen()> look = [folder = evidence.store_dir] {
    return look_at_store_of(folder);
  };
  auto seen = store.ask<StoreSeen>(std::move(look), kStorePatience);
  if (!seen)
    return;
  evidence.disk = seen->disk;
  evidence.store_trouble = std::move(seen->trouble);
  evidence.stored_streams = std::move(seen->streams);
}

/// Returns the path of the record. RUN_DIR's copy is written first, and the store's is waited for
/// only when that one failed. On the writer's thread; blocks.
Result<std::string> keep_both(const BlackBoxPlaces& places,
                              const FlightRecord& record,
                              StoreSide& store) {
  const RecordFile file = file_of(record);
  Result<std::string> in_run_dir = keep_in_run_dir(places, file);
  std::function<Result<std::string>()> copy = [places, file] {
    return keep_in_store(places, file);
  };
  auto begun = store.begin(std::move(copy));
  if (in_run_dir)
    return in_run_dir;
  auto in_store = StoreSide::result_of(std::move(begun), kStorePatience);
  return in_store && *in_store ? *std::move(in_store) : in_run_dir;
}

struct Written {
  ordered_json summary;
  std::string problem;  ///< why there is no file; empty: there is one
};

/// Keeps the record and tells the log what happened. On the writer's thread; blocks.
Written write_down(const BlackBoxPlaces& places,
                   FlightRecord& record,
                   observe::Log& log,
                   StoreSide& store) {
  using Kind = supervise::Incident::Kind;
  const Kind kind = record.evidence.incident.kind;
  const bool known = kind == Kind::kRefused || kind == Kind::kStoreRefuses;  // and told already
  look_at_all(record, store);
  // The words were taken as they came.
  for (std::string& line : record.evidence.said)
    line = log.scrub(line);
  for (std::string& line : record.stacks)
    line = log.scrub(line);
  if (!known)
    record.cause = find_cause(record.evidence);
  const Result<std::string> file = keep_both(places, record, store);
  if (!known)
    log.error("{}", told(record, file));
  ordered_json summary = summary_of(record);
  summary["file"] = file ? *file : "";
  return {std::move(summary), file ? "" : file.error().message};
}

}  // namespace

std::vector<supervise::PortUse> ports_of(const config::Settings& settings) {
  std::vector<supervise::PortUse> ports{
      {"NATS_PORT", "NATS_HOST", settings.server.port, std::nullopt},
      {"NATS_HTTP_PORT", "NATS_HTTP_HOST", settings.server.http_port, std::nullopt}};
  if (settings.cluster.enabled)
    ports.push_back(
        {"NATS_CLUSTER_PORT", "NATS_CLUSTER_HOST", settings.cluster.port, std::nullopt});
  return ports;
}

BlackBox::BlackBox(asio::any_io_executor reactor, observe::Log& log, BlackBoxSubject subject)
    : reactor_(std::move(reactor)),
      log_(log),
      subject_(std::move(subject)) {}

void BlackBox::remember(Worker& worker) {
  worker.post([places = subject_.places, last = last_, reactor = reactor_] {
    const auto newest = newest_record(places);
    asio::post(reactor, [last, newest] {
      if (newest && last->is_null())
        *last = *newest;
    });
  });
}

void BlackBox::spawned(std::uint64_t incarnation) {
  incarnation_ = incarnation;
  hung_why_.clear();
  spawned_at_ = std::chrono::system_clock::now();
  spawned_ = std::chrono::steady_clock::now();
  ready_.reset();
  server_seen_ = nullptr;
  oom_kills_ = os::cgroup_oom_kills();  // of the kernel's memory: no disk is asked
}

void BlackBox::became_ready(std::uint64_t incarnation) {
  if (incarnation != incarnation_ || ready_)
    return;
  ready_ = std::chrono::steady_clock::now();
  try {
    (void)writer();  // while there is room for its threads, which a record may be about
  } catch (const std::exception&) {
    log_.debug("no room for the threads of the black box: made when there is something to record");
  }
  if (subject_.interval.count() > 0)
    asio::co_spawn(reactor_, look_at_server(incarnation), asio::detached);
}

asio::awaitable<void> BlackBox::look_at_server(std::uint64_t incarnation) {
  auto pause = std::make_shared<asio::steady_timer>(reactor_, kFirstLook);
  pause_ = pause;
  for (;;) {
    co_await pause->async_wait(asio::as_tuple(asio::use_awaitable));
    if (incarnation != incarnation_ || pause != pause_)
      co_return;
    std::string host = subject_.monitor_host;
    std::string target = "/varz";
    const auto varz = co_await health::http_get(std::move(host), subject_.monitor_port,
                                                std::move(target), kServerPatience);
    host = subject_.monitor_host;
    target = "/jsz";
    const auto jsz = co_await health::http_get(std::move(host), subject_.monitor_port,
                                               std::move(target), kServerPatience);
    if (incarnation != incarnation_)
      co_return;
    if (varz && jsz) {
      server_seen_ = ordered_json{{"at", utc_text(std::chrono::system_clock::now())},
                                  {"varz", varz_in_short(varz->body)},
                                  {"jsz", jsz_in_short(jsz->body)}};
    }
    pause->expires_after(subject_.interval);
  }
}

void BlackBox::happened(const supervise::Incident& incident) {
  if (incident.kind == supervise::Incident::Kind::kUnkillable &&
      std::exchange(told_unkillable_, incident.incarnation) == incident.incarnation)
    return;
  if (pause_ && incident.exit) {
    std::exchange(pause_, nullptr)->cancel();
  }
  keep(record_of(incident));
}

void BlackBox::store_refused(const std::string& why) {
  supervise::Incident incident;
  incident.kind = supervise::Incident::Kind::kStoreRefuses;
  incident.incarnation = incarnation_;
  incident.was_ready = ready_.has_value();
  FlightRecord record = record_of(incident);
  record.cause = {supervise::CauseKind::kStore, log_.scrub(why),
                  "the kernel's log (dmesg) says why; nats-server stays up for its readers, and "
                  "readiness comes back by itself once the store can be written again",
                  "a write of our own in the store"};
  keep(std::move(record));
}

void BlackBox::refused(const Failure& failure) {
  supervise::Incident incident;
  incident.kind = supervise::Incident::Kind::kRefused;
  incident.gave_up_with = failure.exit_code;
  FlightRecord record = record_of(incident);
  record.cause = {supervise::CauseKind::kConfiguration,
                  log_.scrub(fmt::format("{}", fmt::join(failure.lines, "; "))), "",
                  "our own checks before the start"};
  keep(std::move(record));
}

FlightRecord BlackBox::record_of(const supervise::Incident& incident) const {
  FlightRecord record;
  record.at = std::chrono::system_clock::now();
  record.started_at = spawned_at_;
  record.uptime = since(spawned_, std::chrono::steady_clock::now());
  if (ready_)
    record.ready_after = since(spawned_, *ready_);
  record.evidence.incident = incident;
  record.evidence.said = words_.said(incident.incarnation);
  record.evidence.hung_why = hung_why_;
  record.evidence.store_dir = subject_.places.store_dir;
  record.evidence.ports = subject_.ports;
  record.evidence.server_binary = subject_.server_binary;
  record.oom_kills_before = oom_kills_;
  record.server_seen = server_seen_;
  record.stacks = words_.stacks(incident.incarnation);
  record.lines = log_.recent().after(0);
  record.our_version = UNIFIED_VERSION;
  record.server_version = subject_.server_version;
  return record;
}

void BlackBox::keep(FlightRecord record) {
  Worker& writing = writer();
  writing.post([record = std::make_shared<FlightRecord>(std::move(record)),
                places = subject_.places, &log = log_, last = last_, on_kept = on_kept_,
                store = store_side_, reactor = reactor_] {
    Written written = write_down(places, *record, log, *store);
    asio::post(reactor, [last, on_kept, written = std::move(written)] {
      *last = written.summary;
      if (on_kept)
        (*on_kept)(written.problem);
    });
  });
}

void BlackBox::drain(milliseconds patience) {
  if (!writer_)
    return;
  const auto end = std::chrono::steady_clock::now() + patience;
  writer_->drain(patience);
  store_side_->drain(std::max(since(std::chrono::steady_clock::now(), end), milliseconds{0}));
}

Worker& BlackBox::writer() {
  if (!writer_) {
    store_side_ = std::make_shared<StoreSide>(reactor_);
    writer_ = std::make_unique<Worker>(reactor_);
  }
  return *writer_;
}

}  // namespace unified::app
