#include "app/admission.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/log_setup.h"
#include "app/start_patience.h"
#include "os/passing_fault.h"
#include "os/port_holder.h"
#include "os/process.h"
#include "os/run_dir.h"
#include "os/signals.h"

namespace unified::app {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{20};
/// A command that only looks whether the lock is held has it for an instant.
constexpr std::chrono::milliseconds kLookersHoldIt{200};
/// A supervisor that was killed keeps its lock until its last thread returns from the kernel, which
/// may wait for a disk.
constexpr std::chrono::seconds kTheDeadHoldIt{10};
/// Others may lock a directory that they read.
constexpr std::chrono::milliseconds kOthersHoldTheFolder{1000};

Failure in_use(const std::string& run_dir, std::optional<int> pid) {
  if (pid && os::has_ended(*pid))
    return {kExitBusy,
            {fmt::format("RUN_DIR {} is still locked after the supervisor that used it (pid {}) "
                         "has ended: it, or what it has started, waits for a disk, or runs where "
                         "it can't be seen from here; try again, or set another RUN_DIR",
                         run_dir, *pid)}};
  if (pid)
    return {kExitBusy,
            {fmt::format("RUN_DIR {} is used by another supervisor (pid {}); stop it, or set "
                         "another RUN_DIR",
                         run_dir, *pid)}};
  return {kExitBusy,
          {fmt::format("RUN_DIR {} is locked by another process that can't be told; end it, or set "
                       "another RUN_DIR",
                       run_dir)}};
}

Failure asked_to_stop(int signal) {
  return {kExitOk, {"asked to stop by " + os::signal_name(signal)}};
}

std::chrono::milliseconds patience_with(const os::RunDirLock& lock, std::optional<int> holder) {
  if (lock.folder_alone)
    return kOthersHoldTheFolder;
  return holder && os::has_ended(*holder) ? kTheDeadHoldIt : kLookersHoldIt;
}

/// The lock, perhaps held by another: whoever holds it for a moment only is waited for. `stop`: the
/// signal that came meanwhile.
Result<os::RunDirLock> lock_of(const std::string& run_dir,
                               os::UniqueFd& held,
                               std::optional<int>& stop) {
  const auto begun = std::chrono::steady_clock::now();
  bool told = false;
  for (;;) {
    auto lock = os::try_lock_run_dir(run_dir, held);
    if (!lock || !lock->held_by_another())
      return lock;
    const std::optional<int> holder = os::run_dir_holder(run_dir);
    const auto waited = std::chrono::steady_clock::now() - begun;
    if (waited >= patience_with(*lock, holder))
      return lock;
    if (waited >= kLookersHoldIt && !lock->folder_alone && !std::exchange(told, true))
      fmt::print(
          stderr,
          "unified_entrypoint: waiting for the lock of RUN_DIR {}: pid {}, which held it, has "
          "ended or can't be seen from here\n",
          run_dir, holder.value_or(0));
    stop = os::wait_for_stop(kBetweenLooks);
    if (stop)
      return lock;
  }
}

/// The pid of another instance that uses `run_dir`: the lock file names it, or it still listens on
/// the control socket there although somebody has removed its files.
std::optional<int> holder_of_run_dir(const std::string& run_dir, const os::RunDirLock& lock) {
  if (lock.held_by_another() && !lock.folder_alone)
    return os::run_dir_holder(run_dir);
  const auto other = os::unix_listener(os::control_socket_in(run_dir));
  return other && *other != ::getpid() ? other : std::nullopt;
}

/// A RUN_DIR that was there a moment ago and has been removed is made again by the next try.
bool may_pass_here(const Error& why, bool was_there) {
  return os::may_pass(why) || (was_there && why.number == ENOENT);
}

/// RUN_DIR with its lock, which another may hold. Tries until INIT_TIMEOUT is over what may pass.
Result<std::pair<std::string, os::RunDirLock>, Failure> open_run_dir(const Preparation& preparation,
                                                                     os::UniqueFd held) {
  StartPatience patience{std::chrono::steady_clock::now(),
                         preparation.settings.reconcile.init_timeout};
  for (;;) {
    auto run_dir = os::make_run_dir(preparation.run_dir_candidates);
    std::optional<int> stop;
    auto lock = run_dir ? lock_of(*run_dir, held, stop) : Result<os::RunDirLock>{run_dir.error()};
    if (stop)
      return asked_to_stop(*stop);
    if (lock)
      return std::pair{*std::move(run_dir), *std::move(lock)};
    const Error& why = lock.error();
    if (auto failed = patience.failed(why.message, may_pass_here(why, run_dir.ok()),
                                      std::chrono::steady_clock::now()))
      return *std::move(failed);
    if (const std::string line = patience.line_to_tell(why.message); !line.empty())
      fmt::print(stderr, "unified_entrypoint: {}\n", line);
    if (const auto signal = os::wait_for_stop(StartPatience::kStartRetry))
      return asked_to_stop(*signal);
  }
}

}  // namespace

Result<Admission, Failure> admit(Preparation& preparation, os::Handover kept) {
  auto opened = open_run_dir(preparation, std::move(kept.lock));
  if (!opened)
    return opened.error();
  auto& [run_dir, lock] = *opened;
  const auto other = holder_of_run_dir(run_dir, lock);
  // One that listens without the lock: its RUN_DIR was removed, and it is about to make it anew.
  if (lock.held_by_another() || other)
    return in_use(run_dir, other);
  auto log = open_log(preparation.settings, preparation.internal, preparation.warnings);
  if (!log)
    return Failure{kExitConfiguration, {log.error().message}};
  return Admission{std::move(run_dir), std::move(lock), std::move(kept.control),
                   std::move(kept.conf), *std::move(log)};
}

}  // namespace unified::app
