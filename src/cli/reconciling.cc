#include "cli/reconciling.h"

#include <chrono>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/store_state.h"

namespace unified::cli {

jetstream::ReconcileOptions options_for(const Target& target,
                                        const config::Settings& settings,
                                        jetstream::ReconcileMode mode) {
  jetstream::ReconcileOptions options;
  options.allowed = app::allowed_from(settings.reconcile.allow);
  options.version = target.version;
  options.clustered = target.clustered;
  options.mode = mode;
  options.timeout = target.timeout;
  options.now_unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
  options.evidence = target.evidence;
  options.changes = target.changes.get();
  options.leave_alone = target.leave_alone;
  return options;
}

jetstream::ReconcileReport reconcile_once(const Target& target,
                                          const config::Settings& settings,
                                          const jetstream::Declarations& desired,
                                          jetstream::ReconcileMode mode) {
  return jetstream::reconcile(*target.port, desired, options_for(target, settings, mode));
}

void warn_about_other_streams(const Target& target, const jetstream::Declarations& desired) {
  std::set<std::string> here;
  for (const jetstream::StreamSpec& spec : desired.streams)
    here.insert(spec.name);
  const std::set<std::string> there{target.declared_there.begin(), target.declared_there.end()};
  if (target.supervised && !there.empty() && here != there)
    fmt::print(stderr,
               "warning: the supervisor was started with other settings: it declares {}, this "
               "shell's settings declare {}\n",
               fmt::join(there, ", "),
               here.empty() ? "nothing" : fmt::format("{}", fmt::join(here, ", ")));
}

void tell_left_alone(const jetstream::ReconcileReport& report) {
  for (const auto& [stream, why] : report.left_alone)
    fmt::print(stderr, "warning: stream {} {}: it is left alone\n", stream, why);
}

std::string unlisted(const Target& target, const jetstream::ReconcileReport& report) {
  return target.where + ": " +
         (report.problems.empty() ? "no list of streams" : report.problems.front().message);
}

}  // namespace unified::cli
