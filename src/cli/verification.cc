#include "cli/verification.h"

#include <algorithm>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/remote_server.h"
#include "base/parse.h"
#include "cli/control.h"
#include "cli/reconciling.h"
#include "cli/terminal.h"
#include "config/url.h"
#include "health/resources.h"
#include "jetstream/bound.h"
#include "jetstream/flow.h"
#include "jetstream/inspect.h"
#include "jetstream/round_trip.h"

namespace unified::cli {
namespace {

using health::Check;
using health::Status;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFlowRest{250};
constexpr milliseconds kNoWait{0};

milliseconds since(Clock::time_point begun) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
}

Check failing(const char* name, std::string message) {
  return {name, Status::kFail, std::move(message), {}};
}

class Verifier {
 public:
  Verifier(const config::Settings& settings,
           const jetstream::Declarations& desired,
           const VerifyScope& scope)
      : settings_(settings),
        desired_(desired),
        scope_(scope) {}

  Verification run(const Context& context) {
    check_connect(context);
    check_monitoring();
    if (target_ && settings_.jetstream.enabled)
      check_jetstream();
    else if (target_)
      add({"jetstream", Status::kPass, "disabled (JETSTREAM_ENABLED=false)", {}});
    return std::move(result_);
  }

 private:
  void add(Check check) { result_.checks.push_back(std::move(check)); }

  void check_connect(const Context& context) {
    progress_.show("connecting…");
    const auto begun = Clock::now();
    auto target = open_target(context, settings_, "verify");
    if (!target) {
      add(failing("connect", target.error().message));
      return;
    }
    target_ = *std::move(target);
    warn_about_other_streams(*target_, desired_);
    result_.server = target_->where;
    add({"connect", Status::kPass,
         fmt::format("{} (nats-server {})", target_->where, to_text(target_->version)),
         since(begun)});
    if (!target_->supervised)
      return;
    if (std::string why = why_not_ready(context, kNoWait); !why.empty())
      add(failing("ready", std::move(why)));
  }

  [[nodiscard]] std::string monitor_host() const {
    if (target_)
      return target_->host;
    if (settings_.clients.urls.empty())
      return settings_.server.http_host;
    const auto url = config::parse_url(settings_.clients.urls.front().reveal());
    return url ? config::host_of(url->host_port) : std::string{};
  }

  /// Only after check_connection() found one.
  [[nodiscard]] const Target& reached() const {
    return *target_;  // NOLINT(bugprone-unchecked-optional-access)
  }

  void check_monitoring() {
    progress_.show("asking the monitoring port…");
    const auto begun = Clock::now();
    const auto varz = app::monitor_get(settings_, monitor_host(), "/varz");
    if (!varz) {
      add(unreachable_monitoring(varz.error().message));
      return;
    }
    const std::string other =
        target_ ? app::foreign_varz(varz->body, target_->identity, target_->where) : std::string{};
    if (!other.empty()) {
      add(failing("monitoring", fmt::format("{}: {} (or give --http-url)", varz->url, other)));
      return;
    }
    add({"monitoring", varz->status == 200 ? Status::kPass : Status::kFail,
         fmt::format("{} answered {}", varz->url, varz->status), since(begun)});
    add(health::resources_check(varz->body));
  }

  /// Where a sidecar's server has it is only guessed until somebody says so.
  [[nodiscard]] Check unreachable_monitoring(const std::string& why) const {
    if (settings_.supervision.own_server || !settings_.clients.monitor_url.empty())
      return failing("monitoring", why);
    return {"monitoring",
            Status::kWarn,
            why + fmt::format(" (NATS_HTTP_PORT={} of the server's host; NATS_MONITOR_URL says "
                              "where it really is)",
                              settings_.server.http_port),
            {}};
  }

  void check_jetstream() {
    progress_.show("reading the streams…");
    const auto begun = Clock::now();
    const jetstream::ReconcileReport seen =
        reconcile_once(reached(), settings_, desired_, jetstream::ReconcileMode::kPlanOnly);
    if (!seen.listed) {
      add(failing("jetstream", seen.problems.empty() ? std::string{"no answer"}
                                                     : seen.problems.front().message));
      return;
    }
    add({"jetstream", Status::kPass, fmt::format("{} stream(s)", seen.actual.size()),
         since(begun)});
    add(streams_check(seen));
    add(datatypes_check(seen));
    add(config_check(seen.plan));
    if (scope_.publish)
      add(publish_check());
    if (scope_.flow)
      add(flow_check(*scope_.flow));
  }

  [[nodiscard]] Check streams_check(const jetstream::ReconcileReport& seen) const {
    std::vector<std::string> missing;
    std::vector<std::string> present;
    for (const jetstream::StreamSpec& spec : desired_.streams)
      (std::ranges::find(seen.actual, spec.name, &jetstream::StreamState::name) == seen.actual.end()
           ? missing
           : present)
          .push_back(spec.name);
    missing.insert(missing.end(), seen.missing_consumers.begin(), seen.missing_consumers.end());
    if (!missing.empty())
      return failing("streams", fmt::format("missing: {}", fmt::join(missing, ", ")));
    return {"streams", Status::kPass, fmt::format("{}", fmt::join(present, ", ")), {}};
  }

  /// The server itself says which stream a message would go to.
  Check datatypes_check(const jetstream::ReconcileReport& seen) {
    const auto begun = Clock::now();
    std::vector<std::string> wrong;
    std::size_t declared = 0;
    const auto states = jetstream::states_by_name(seen.actual);
    for (const jetstream::StreamSpec& spec : desired_.streams) {
      const auto unbound =
          jetstream::unbound_subjects(spec, jetstream::find_state(states, spec.name));
      for (const std::string& subject : jetstream::subjects_of(spec.config)) {
        ++declared;
        const std::string fault = bound_fault(spec.name, subject, unbound);
        if (!fault.empty())
          wrong.push_back(fmt::format("{} {}", subject, fault));
        else if (scope_.detailed)
          add_detail(spec.name, subject);
      }
    }
    if (!wrong.empty())
      return failing("datatypes", fmt::format("{} of {} subjects: {}", wrong.size(), declared,
                                              fmt::join(wrong, "; ")));
    return {"datatypes", Status::kPass,
            fmt::format("all {} declared subjects are stored", declared), since(begun)};
  }

  std::string bound_fault(const std::string& stream,
                          const std::string& subject,
                          const std::vector<std::string>& unbound) {
    const auto names = jetstream::streams_bound_to(*reached().port, subject, reached().timeout);
    if (!names)
      return names.error().message;
    if (std::ranges::find(*names, stream) == names->end())
      return names->empty()
                 ? "is stored by no stream"
                 : fmt::format("is stored by {}, not by {}", fmt::join(*names, ", "), stream);
    return std::ranges::find(unbound, subject) == unbound.end()
               ? std::string{}
               : fmt::format("is stored by {} only in part", stream);
  }

  void add_detail(const std::string& stream, const std::string& subject) {
    const auto state =
        jetstream::subject_state(*reached().port, stream, subject, reached().timeout);
    result_.details.push_back(
        state ? fmt::format("{:<32} -> {:<20} {:>10} message(s), newest {}", subject, stream,
                            state->messages, state->last_ts.empty() ? "never" : state->last_ts)
              : fmt::format("{:<32} -> {:<20} {}", subject, stream, state.error().message));
  }

  static Check config_check(const jetstream::Plan& plan) {
    std::vector<std::string> differing;
    std::vector<std::string> missing;
    for (const jetstream::StreamPlan& stream : plan.streams) {
      if (stream.change == jetstream::Change::kCreate ||
          stream.change == jetstream::Change::kUnloaded)
        missing.push_back(stream.name);
      if (stream.change == jetstream::Change::kMigrating)
        return failing("config",
                       fmt::format("not compared: stream {}: {}", stream.name, stream.note));
      for (const jetstream::FieldChange& field : stream.fields)
        if (stream.change != jetstream::Change::kCreate &&
            stream.change != jetstream::Change::kUnmanaged)
          differing.push_back(fmt::format("{}.{}", stream.name, field.field));
    }
    for (const jetstream::ConsumerPlan& consumer : plan.consumers)
      for (const jetstream::FieldChange& field : consumer.fields)
        if (consumer.change != jetstream::Change::kCreate)
          differing.push_back(
              fmt::format("{} > {}.{}", consumer.stream, consumer.name, field.field));
    if (!missing.empty())
      return failing("config",
                     fmt::format("not compared: {} is missing", fmt::join(missing, ", ")));
    const auto doubles = std::ranges::unique(differing);
    differing.erase(doubles.begin(), doubles.end());
    if (!differing.empty())
      return {
          "config",
          Status::kWarn,
          fmt::format("the server differs from these settings in: {}", fmt::join(differing, ", ")),
          {}};
    return {"config", Status::kPass, "the streams are as declared", {}};
  }

  Check publish_check() {
    progress_.show("storing a message in a stream of our own…");
    const auto begun = Clock::now();
    std::random_device source;
    const std::string token =
        fmt::format("{:08x}{:08x}{:08x}{:08x}", source(), source(), source(), source());
    const auto took = jetstream::stored_round_trip(*reached().port, token, reached().timeout);
    if (!took)
      return failing("publish", took.error().message);
    return {"publish", Status::kPass,
            fmt::format("a message was stored and read back in {} µs, its stream is removed again",
                        took->count()),
            since(begun)};
  }

  Check flow_check(std::chrono::nanoseconds patience) {
    const auto begun = Clock::now();
    jetstream::FlowWatch watch{*reached().port, desired_.streams, reached().timeout};
    auto looked = watch.begin();
    while (looked && !watch.all_flow() && Clock::now() - begun < patience) {
      std::this_thread::sleep_for(kFlowRest);
      looked = watch.look();
      const auto moved =
          std::ranges::count(watch.subjects(), true, &jetstream::FlowWatch::Subject::flowing);
      progress_.show(fmt::format("messages arrived at {} of {} subjects, {} s", moved,
                                 watch.subjects().size(), since(begun).count() / 1000));
    }
    if (!looked)
      return failing("flow", looked.error().message);
    std::vector<std::string> silent;
    for (const auto& subject : watch.subjects())
      if (!subject.flowing)
        silent.push_back(
            fmt::format("{} (newest: {})", subject.newest.subject,
                        subject.newest.last_ts.empty() ? "never" : subject.newest.last_ts));
    if (!silent.empty())
      return {
          "flow", Status::kFail,
          fmt::format("nothing new within {} at {} of {} subjects: {}", format_duration(patience),
                      silent.size(), watch.subjects().size(), fmt::join(silent, ", ")),
          since(begun)};
    return {"flow", Status::kPass,
            fmt::format("messages arrived at all {} subjects", watch.subjects().size()),
            since(begun)};
  }

  const config::Settings& settings_;
  const jetstream::Declarations& desired_;
  const VerifyScope& scope_;
  std::optional<Target> target_;
  Verification result_;
  Progress progress_;
};

}  // namespace

Verification verify_deployment(const Context& context,
                               const config::Settings& settings,
                               const jetstream::Declarations& desired,
                               const VerifyScope& scope) {
  return Verifier{settings, desired, scope}.run(context);
}

}  // namespace unified::cli
