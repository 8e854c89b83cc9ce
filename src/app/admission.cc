#include "app/admission.h"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/log_setup.h"
#include "os/run_dir.h"

namespace unified::app {
namespace {

constexpr int kLooks = 10;
constexpr std::chrono::milliseconds kBetweenLooks{20};

}  // namespace

Result<Admission, Failure> admit(Preparation& preparation, os::Handover kept) {
  auto run_dir = os::make_run_dir(preparation.run_dir_candidates);
  if (!run_dir)
    return Failure{kExitConfiguration, {run_dir.error().message}};
  // A command that only looks whether it is held has it for an instant.
  auto lock = os::try_lock_run_dir(*run_dir, std::move(kept.lock));
  for (int again = 0; again < kLooks && lock && lock->held_by_another(); ++again) {
    std::this_thread::sleep_for(kBetweenLooks);
    lock = os::try_lock_run_dir(*run_dir);
  }
  if (!lock)
    return Failure{kExitConfiguration, {lock.error().message}};
  if (lock->held_by_another())
    return Failure{
        kExitBusy,
        {fmt::format(
            "RUN_DIR {} is used by another supervisor (pid {}); stop it, or set another RUN_DIR",
            *run_dir, os::run_dir_holder(*run_dir).value_or(0))}};
  auto log = open_log(preparation.settings, preparation.internal, preparation.warnings);
  if (!log)
    return Failure{kExitConfiguration, {log.error().message}};
  return Admission{*std::move(run_dir), std::move(lock->fd), std::move(kept.control),
                   std::move(kept.conf), *std::move(log)};
}

}  // namespace unified::app
