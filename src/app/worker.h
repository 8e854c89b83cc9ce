#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace unified::app {

/// Marks a task that may hang for ever, while it runs and however it ends. The task makes one; who
/// gives tasks to the worker asks the flag before the next one.
class Running {
 public:
  explicit Running(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
  ~Running() { flag_ = false; }
  Running(const Running&) = delete;
  Running(Running&&) = delete;
  Running& operator=(const Running&) = delete;
  Running& operator=(Running&&) = delete;

 private:
  std::atomic<bool>& flag_;
};

/// The one thread that may block on nats-server and on files, so that the reactor never does. Tasks
/// run one after the other, in the order of call(). call() is for the reactor's thread only.
class Worker {
 public:
  explicit Worker(boost::asio::any_io_executor reactor) : reactor_(std::move(reactor)) {}

  /// Runs `task` on the worker and gives its value back on the reactor; nothing if it took longer
  /// than `patience` (it still runs to its end) or threw.
  template <typename T>
  boost::asio::awaitable<std::optional<T>> call(std::function<T()> task,
                                                std::chrono::milliseconds patience) {
    struct Outcome {
      boost::asio::steady_timer timer;
      std::optional<T> value;
    };
    auto outcome = std::make_shared<Outcome>(
        Outcome{boost::asio::steady_timer{reactor_, patience}, std::nullopt});
    boost::asio::post(thread_, [outcome, task = std::move(task), reactor = reactor_] {
      std::optional<T> value;
      try {
        value.emplace(task());
      } catch (const std::exception&) {
        value.reset();  // out of memory: this task has no outcome, the broker goes on
      }
      boost::asio::post(reactor, [outcome, value = std::move(value)]() mutable {
        outcome->value = std::move(value);
        outcome->timer.cancel();
      });
    });
    co_await outcome->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return std::move(outcome->value);
  }

  /// Runs `task` on the worker; nobody waits for it.
  void post(std::function<void()> task) {
    boost::asio::post(thread_, [task = std::move(task)] {
      try {
        task();
      } catch (const std::exception&) {
        return;  // as above; an exception that leaves a pool's thread would end the process
      }
    });
  }

  /// Blocks until all that was given before is done, at most `patience`: for the end of the
  /// process.
  void drain(std::chrono::milliseconds patience) {
    auto done = std::make_shared<std::promise<void>>();
    const std::future<void> finished = done->get_future();
    boost::asio::post(thread_, [done] { done->set_value(); });
    (void)finished.wait_for(patience);
  }

 private:
  boost::asio::any_io_executor reactor_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace unified::app
