#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "app/worker.h"
#include "health/store_trial.h"
#include "os/trial_write.h"

namespace unified::app {

/// A thread for trial writes, which may hang for ever: then nothing more is begun on it, and who
/// asks is told where it hangs. Reactor only.
class TrialThread {
 public:
  explicit TrialThread(boost::asio::any_io_executor reactor) : worker_(std::move(reactor)) {}

  /// What came of a task: its value, or why there is none.
  template <typename T>
  struct Attempt {
    std::optional<T> value;
    health::TrialOutcome::Kind without = health::TrialOutcome::Kind::kUnknown;
  };

  /// Runs `task` on the thread and waits for it, at most `patience`. A task that took longer only
  /// because our own process stood still, or that ran out of memory, is kUnknown.
  template <typename T>
  boost::asio::awaitable<Attempt<T>> run(std::function<T(std::atomic<os::TrialStage>&)> task,
                                         std::chrono::milliseconds patience) {
    if (state_->busy)
      co_return Attempt<T>{std::nullopt, hanging_in(state_->stage)};  // the one before still hangs
    state_->stage = os::TrialStage::kWriting;
    std::function<T()> begun = [state = state_, task = std::move(task)] {
      const Running running{state->busy};
      return task(state->stage);
    };
    const auto start = std::chrono::steady_clock::now();
    std::optional<T> value = co_await worker_.call<T>(std::move(begun), patience);
    const auto took = std::chrono::steady_clock::now() - start;
    co_return Attempt<T>{std::move(value), without_answer(took, patience, state_->stage)};
  }

  /// Why a task has no value after `took`. A timer of ours that fires much later than `patience`
  /// says more about us than about the disk. Pure.
  static health::TrialOutcome::Kind without_answer(std::chrono::nanoseconds took,
                                                   std::chrono::milliseconds patience,
                                                   os::TrialStage stage) {
    const bool silent = took >= patience && took < patience + kLate;
    return silent ? hanging_in(stage) : health::TrialOutcome::Kind::kUnknown;
  }

 private:
  struct State {
    std::atomic<bool> busy = false;
    std::atomic<os::TrialStage> stage = os::TrialStage::kWriting;
  };
  static constexpr std::chrono::seconds kLate{2};

  static health::TrialOutcome::Kind hanging_in(os::TrialStage stage) {
    return stage == os::TrialStage::kSyncing ? health::TrialOutcome::Kind::kSlowSync
                                             : health::TrialOutcome::Kind::kSilent;
  }

  Worker worker_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace unified::app
