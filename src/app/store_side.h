#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "app/worker.h"

namespace unified::app {

/// The thread on which the black box touches the store, so that a store that hangs holds up no
/// record. Its functions may be called from any one thread at a time.
class StoreSide {
 public:
  explicit StoreSide(boost::asio::any_io_executor reactor) : worker_(std::move(reactor)) {}

  /// Runs `task` there and blocks until it is done, at most `patience`; nothing when it is not done
  /// by then, or when something that was begun before still hangs.
  template <typename T>
  std::optional<T> ask(std::function<T()> task, std::chrono::milliseconds patience) {
    if (*waiting_ > 0)
      return std::nullopt;
    return result_of(begin(std::move(task)), patience);
  }

  /// Runs `task` there, after what was begun before, even if that takes long. An invalid future:
  /// too much waits already.
  template <typename T>
  std::future<T> begin(std::function<T()> task) {
    if (*waiting_ >= kMost)
      return {};
    ++*waiting_;
    auto packed = std::make_shared<std::packaged_task<T()>>(std::move(task));
    std::future<T> result = packed->get_future();
    worker_.post([packed, waiting = waiting_] {
      (*packed)();  // an exception goes into the future
      --*waiting;
    });
    return result;
  }

  /// Blocks until it is done, at most `patience`.
  template <typename T>
  static std::optional<T> result_of(std::future<T> result, std::chrono::milliseconds patience) {
    if (!result.valid() || result.wait_for(patience) != std::future_status::ready)
      return std::nullopt;
    return result.get();
  }

  void drain(std::chrono::milliseconds patience) { worker_.drain(patience); }

 private:
  /// The records that are kept at all (black_box_files.cc).
  static constexpr int kMost = 20;

  Worker worker_;
  std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace unified::app
