#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "supervise/exit_status.h"
#include "supervise/start_end.h"

namespace unified::supervise {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

/// The life of the one child. `want` is kept apart from the phase, so that no request is ever lost:
/// a child's exit always asks `want` what comes next.
///
///   kIdle --Start--> kStarting --Spawned--> kRecovering --Ready--> kRunning
///   kStarting --SpawnFailed--> kFinished (permanent), kBackoff (transient)
///   kStarting, kRecovering, kRunning --Exited--> kBackoff, or kFinished by policy or budget
///   kBackoff --timer--> kStarting
///   kRunning --FoundHung--> kDumping --deadline--> kKilling
///   kDumping, kKilling --Exited--> kBackoff
///
/// and once the end is wanted:
///
///   kStarting --Stop--> kStarting --Spawned--> kStopping
///   kRecovering, kRunning --Stop--> kStopping --Exited--> kFinished
///   kStarting, kStopping --deadline or 2nd Stop--> kKilling --Exited or 5 s--> kFinished
///   kDumping --Stop--> kKilling
///   kIdle, kBackoff, kStopped --Stop--> kFinished
///
/// Down is a Stop that leaves us waiting for a Start: kStopped instead of kFinished. A Start on the
/// way there turns the wish round, and the exit is followed by a new incarnation.
///
/// Order that the shell owes: Spawned or SpawnFailed (the exec error pipe) before ChildExited of
/// the same child. Both are digested in the other order as well, but the report is poorer. Spawned
/// means that execve succeeded.
enum class Phase {
  kIdle,
  kStarting,
  kRecovering,
  kRunning,
  kDumping,  ///< hung, and asked for its stacks before it is killed
  kStopping,
  kKilling,
  kBackoff,
  kStopped,  ///< as asked, or as long as there is no room on the disk
  kFinished
};
std::string to_text(Phase phase);

/// Whether a child exists in that phase, or is on its way.
bool has_child(Phase phase);

enum class Want { kUp, kDown, kExit };

/// What the settings say about restarting and stopping.
struct Policy {
  enum class Restart { kAlways, kOnFailure, kNever };
  Restart restart = Restart::kOnFailure;
  int restart_max = 10;
  Duration restart_window = std::chrono::minutes{10};
  Duration stop_timeout = std::chrono::seconds{8};
  bool lame_duck = false;  ///< a stop sends the clients away first
};

// Events. Those of a child or a timer carry the incarnation they belong to; a stale one changes
// nothing.
struct StartRequested {};
struct Spawned {
  std::uint64_t incarnation = 0;
  int pid = 0;
};
struct SpawnFailed {
  std::uint64_t incarnation = 0;
  int error_number = 0;  ///< errno of fork, or of execve in the child
};
struct BecameReady {
  std::uint64_t incarnation = 0;
};
struct ChildExited {
  std::uint64_t incarnation = 0;
  ExitStatus status = ExitStatus::exited(0);
  StartEnd why = StartEnd::kUnexplained;  ///< of one that was never ready
};
/// The watchdog's judgement (watchdog.h). Of a server that is not running, or is on its way down,
/// it changes nothing.
struct FoundHung {
  std::uint64_t incarnation = 0;
  std::string why;
};
enum class Timer { kStopDeadline, kBackoff, kUnkillable, kDumpDeadline, kLameDuckOver };
struct TimerFired {
  Timer timer = Timer::kBackoff;
  std::uint64_t generation = 0;  ///< that of the ArmTimer it answers
};
/// A second one while stopping = now.
struct StopRequested {
  bool lame_duck = false;  ///< send the clients away first, whatever the policy says
};
/// No server until StartRequested, and no failure of its.
struct DownRequested {
  std::string why;
  bool at_once = false;  ///< without a lame duck: every second may cost messages
};
using Event = std::variant<StartRequested,
                           Spawned,
                           SpawnFailed,
                           BecameReady,
                           ChildExited,
                           FoundHung,
                           TimerFired,
                           StopRequested,
                           DownRequested>;

// Actions, carried out by the shell in order.
struct Spawn {
  std::uint64_t incarnation = 0;
};
/// To the child's pid.
struct SendSignal {
  int signal = 0;
};
/// KILL to the child's process group.
struct KillGroup {};
struct ArmTimer {
  Timer timer = Timer::kBackoff;
  TimePoint deadline;
  std::uint64_t generation = 0;
};
struct CancelTimer {
  Timer timer = Timer::kBackoff;
};
/// For people: what happened and what comes next.
struct Report {
  enum class Level { kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string text;
};
/// Always the last action of a life.
struct Finish {
  int exit_code = 0;
};
using Action = std::variant<Spawn, SendSignal, KillGroup, ArmTimer, CancelTimer, Report, Finish>;

struct Lifecycle {
  Phase phase = Phase::kIdle;
  Want want = Want::kUp;
  std::uint64_t incarnation = 0;       ///< of the current or last child; the first is 1
  std::uint64_t timer_generation = 0;  ///< of the newest timer
  int pid = 0;                         ///< 0: no child
  bool killed_by_us = false;           ///< a stop, or a hang, was escalated to KILL
  bool lame_duck = false;              ///< the clients are being sent away
  bool hung = false;                   ///< this incarnation was found so
  bool asked_to_end = false;           ///< this incarnation, by us: its exit is no failure
  std::string down_because;            ///< while want is kDown
  std::uint64_t hangs = 0;             ///< since our start
  int hang_attempt = 0;                ///< delays already grown for hangs
  std::optional<TimePoint> last_hang;
  int backoff_attempt = 0;                      ///< delays already grown
  std::optional<TimePoint> ready_since;         ///< of this incarnation
  bool was_ever_ready = false;                  ///< any incarnation: its configuration was taken
  std::optional<TimePoint> last_crash_restart;  ///< when a crash was last answered by a start
  std::deque<TimePoint> failures;               ///< within restart_window and since the last ready
  std::uint64_t restarts = 0;                   ///< since our start
  std::optional<ExitStatus> last_exit;
};

struct Transition {
  Lifecycle state;
  std::vector<Action> actions;
};

/// The next state and what to do, for any event in any state. Pure: time comes in, randomness comes
/// in (`jitter` in
/// [-1, 1] scales the 10 % jitter of the back-off).
Transition next(const Lifecycle& state,
                const Event& event,
                const Policy& policy,
                TimePoint now,
                double jitter = 0);

}  // namespace unified::supervise
