#include "supervise/watchdog.h"

#include <fmt/format.h>

namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kTooLate{1};
/// DESIGN.md, "Supervision": silent for this many looks while HTTP answers.
constexpr int kJetStreamSilences = 3;

}  // namespace

WatchdogStep judge(const WatchdogState& state, const Pulse& pulse, const WatchdogPolicy& policy) {
  WatchdogStep step{state, {}};
  if (policy.failures <= 0 || pulse.late > kTooLate || pulse.waits_for_disk)
    return step;
  step.state.http_silences = pulse.alive ? 0 : state.http_silences + 1;
  const bool silent = policy.judges_jetstream && pulse.alive && pulse.jetstream_silent;
  if (!pulse.jetstream_unknown)
    step.state.jetstream_silences = silent ? state.jetstream_silences + 1 : 0;
  if (step.state.http_silences >= policy.failures)
    step.hung =
        fmt::format("no answer from its monitor port, {} times in a row", step.state.http_silences);
  else if (step.state.jetstream_silences >= kJetStreamSilences)
    step.hung = fmt::format("JetStream is silent, {} times in a row, while HTTP answers",
                            step.state.jetstream_silences);
  return step;
}

}  // namespace unified::supervise
