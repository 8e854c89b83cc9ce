#include "supervise/incident.h"

namespace unified::supervise {
namespace {

/// An exit, or a start that failed, which changed the state and was not asked for.
std::optional<Incident::Kind> kind_of(const Lifecycle& before, const Event& event) {
  if (before.want != Want::kUp || before.asked_to_end)
    return std::nullopt;
  if (const auto* exited = std::get_if<ChildExited>(&event)) {
    if (exited->incarnation != before.incarnation || !has_child(before.phase))
      return std::nullopt;
    if (before.hung)
      return Incident::Kind::kHung;
    return before.ready_since ? Incident::Kind::kCrash : Incident::Kind::kFailedStart;
  }
  if (const auto* failed = std::get_if<SpawnFailed>(&event);
      failed != nullptr && failed->incarnation == before.incarnation &&
      before.phase == Phase::kStarting)
    return Incident::Kind::kCannotStart;
  return std::nullopt;
}

/// Each time its timer tells so (after 5 s, then once a minute).
bool is_unkillable(const Lifecycle& before, const Event& event) {
  const auto* fired = std::get_if<TimerFired>(&event);
  return fired != nullptr && fired->timer == Timer::kUnkillable &&
         fired->generation == before.timer_generation && before.phase == Phase::kKilling;
}

}  // namespace

std::string to_text(Incident::Kind kind) {
  switch (kind) {
    case Incident::Kind::kCrash:
      return "crash";
    case Incident::Kind::kFailedStart:
      return "failed_start";
    case Incident::Kind::kHung:
      return "hung";
    case Incident::Kind::kCannotStart:
      return "cannot_start";
    case Incident::Kind::kUnkillable:
      return "unkillable";
    case Incident::Kind::kStoreRefuses:
      return "store_refuses_writes";
    case Incident::Kind::kRefused:
      return "refused";
  }
  return "unknown";
}

std::optional<Incident> incident_of(const Lifecycle& before,
                                    const Event& event,
                                    const Transition& after,
                                    TimePoint now) {
  auto kind = kind_of(before, event);
  if (!kind && is_unkillable(before, event))
    kind = Incident::Kind::kUnkillable;
  if (!kind)
    return std::nullopt;
  Incident incident;
  incident.kind = *kind;
  incident.incarnation = before.incarnation;
  incident.pid = before.pid;
  incident.was_ready = before.ready_since.has_value();
  if (before.ready_since)
    incident.ready_for = now - *before.ready_since;
  if (const auto* exited = std::get_if<ChildExited>(&event))
    incident.exit = exited->status;
  if (const auto* failed = std::get_if<SpawnFailed>(&event))
    incident.spawn_error = failed->error_number;
  incident.restarts = after.state.restarts;
  for (const Action& action : after.actions)
    if (const auto* finish = std::get_if<Finish>(&action))
      incident.gave_up_with = finish->exit_code;
  return incident;
}

}  // namespace unified::supervise
