#include "supervise/cause.h"

#include <array>
#include <csignal>

#include <fmt/format.h>

#include "supervise/cause_words.h"

namespace unified::supervise {
namespace {

bool exited_with(const Evidence& evidence, int code) {
  const auto& exit = evidence.incident.exit;
  return exit && !exit->is_signaled() && exit->code() == code;
}

bool killed_by(const Evidence& evidence, int signal) {
  const auto& exit = evidence.incident.exit;
  return exit && exit->is_signaled() && exit->signal() == signal;
}

/// How it ended, when nobody said why.
std::string end_of(const Evidence& evidence) {
  const Incident& incident = evidence.incident;
  std::string text = "nats-server " + (incident.exit ? incident.exit->describe() : "ended");
  if (!incident.was_ready)
    text += " before it was ready";
  return text;
}

std::optional<Cause> unkillable(const Evidence& evidence) {
  if (evidence.incident.kind != Incident::Kind::kUnkillable)
    return std::nullopt;
  return Cause{CauseKind::kDiskSilent,
               fmt::format("nats-server (pid {}) survives SIGKILL: it waits in the kernel, most "
                           "likely for a disk that does not answer",
                           evidence.incident.pid),
               "look at the disk or network volume below the store (dmesg); the process ends when "
               "the disk answers, or with the machine",
               ""};
}

std::optional<Cause> not_started(const Evidence& evidence) {
  if (evidence.incident.kind != Incident::Kind::kCannotStart)
    return std::nullopt;
  return cause_of_spawn_error(evidence);
}

std::optional<Cause> hung(const Evidence& evidence) {
  if (evidence.incident.kind != Incident::Kind::kHung)
    return std::nullopt;
  Cause cause{CauseKind::kHung,
              fmt::format("nats-server was hung ({}) and was killed by the watchdog",
                          evidence.hung_why.empty() ? "it did not answer" : evidence.hung_why),
              "the stacks in this file show where; if the machine was frozen or starved of CPU, "
              "raise HEALTH_CHECK_FAILURES or LIVENESS_INTERVAL",
              "several looks in a row"};
  // 2.9 hangs on a full disk (facts §12).
  const auto said = cause_in_its_words(evidence);
  if (said && said->kind == CauseKind::kDiskFull && !said->confirmed_by.empty()) {
    cause.kind = CauseKind::kDiskFull;
    cause.text += "; " + said->text;
    cause.advice = said->advice;
  }
  return cause;
}

std::optional<Cause> killed_for_memory(const Evidence& evidence) {
  if (!killed_by(evidence, SIGKILL) || evidence.oom_kills.value_or(0) <= 0)
    return std::nullopt;
  const std::string limit =
      evidence.memory_limit ? fmt::format(" (limit {} bytes)", *evidence.memory_limit) : "";
  return Cause{CauseKind::kOutOfMemory,
               fmt::format("nats-server was killed by the kernel: out of memory{}", limit),
               "raise the container's memory limit, or lower JETSTREAM_MAX_MEMORY and "
               "NATS_MAX_PENDING",
               fmt::format("the cgroup counts {} OOM kill(s) during this run",
                           evidence.oom_kills.value_or(0))};
}

std::optional<Cause> signaled(const Evidence& evidence) {
  const auto& exit = evidence.incident.exit;
  if (!exit || !exit->is_signaled())
    return std::nullopt;
  const bool kill = exit->signal() == SIGKILL;
  std::string advice = "a crash in native code or failing memory: keep this file and report it";
  if (kill && !evidence.oom_kills)
    advice = "look for the kernel's OOM killer (dmesg) and for who else sends SIGKILL";
  else if (kill)
    advice =
        "not the memory limit of our cgroup: look who else sends SIGKILL (an operator, another "
        "supervisor, the machine's own OOM killer: dmesg)";
  else if (exit->signal() == SIGTERM || exit->signal() == SIGINT || exit->signal() == SIGHUP)
    advice = "somebody signalled nats-server itself: stop and reload through unified_entrypoint";
  return Cause{CauseKind::kSignal, end_of(evidence), advice,
               kill && evidence.oom_kills ? "the cgroup counts no OOM kill" : ""};
}

std::optional<Cause> stopped_by_others(const Evidence& evidence) {
  // 2.9 and 2.10 end with 1 after TERM, with 0 after INT; 2.15 always with 0 (facts §6).
  const std::optional<ExitStatus>& exit = evidence.incident.exit;
  const bool clean = exited_with(evidence, 0) || exited_with(evidence, 1);
  if (!exit || !clean || !said_that_it_stops(evidence.said))
    return std::nullopt;
  return Cause{CauseKind::kStoppedByOthers,
               "nats-server was asked to stop, and not by us: it shut down in order",
               "somebody signalled nats-server itself: use `unified_entrypoint stop`, or signal "
               "unified_entrypoint",
               fmt::format("its exit code {}", exit->code())};
}

/// Who is killed from outside has not ended because of what he said before.
std::optional<Cause> in_its_own_words(const Evidence& evidence) {
  const auto& exit = evidence.incident.exit;
  const bool by_itself = !exit || !exit->is_signaled() || exit->signal() == SIGABRT ||
                         exit->signal() == SIGSEGV || exit->signal() == SIGBUS;
  return by_itself ? cause_in_its_words(evidence) : std::nullopt;
}

Cause unknown(const Evidence& evidence) {
  Cause cause{CauseKind::kUnknown, end_of(evidence), "read the last lines in this file", ""};
  if (!evidence.said.empty())
    cause.text += "; its last words: " + evidence.said.back();
  return cause;
}

}  // namespace

Cause find_cause(const Evidence& evidence) {
  using Rule = std::optional<Cause> (*)(const Evidence&);
  // From what we know ourselves to what the server says, and the most telling words first.
  constexpr std::array<Rule, 7> kRules{unkillable,        not_started,       hung,
                                       killed_for_memory, stopped_by_others, in_its_own_words,
                                       signaled};
  for (const Rule rule : kRules)
    if (auto cause = rule(evidence))
      return *std::move(cause);
  return unknown(evidence);
}

std::string to_text(CauseKind kind) {
  switch (kind) {
    case CauseKind::kOutOfMemory:
      return "out_of_memory";
    case CauseKind::kDiskFull:
      return "disk_full";
    case CauseKind::kPortTaken:
      return "port_taken";
    case CauseKind::kAddress:
      return "address";
    case CauseKind::kStore:
      return "store";
    case CauseKind::kDamagedStream:
      return "damaged_stream";
    case CauseKind::kEncryption:
      return "encryption";
    case CauseKind::kConfiguration:
      return "configuration";
    case CauseKind::kLimits:
      return "limits";
    case CauseKind::kHung:
      return "hung";
    case CauseKind::kDiskSilent:
      return "disk_silent";
    case CauseKind::kServerBug:
      return "server_bug";
    case CauseKind::kSignal:
      return "signal";
    case CauseKind::kStoppedByOthers:
      return "stopped_by_others";
    case CauseKind::kExecutable:
      return "executable";
    case CauseKind::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace unified::supervise
