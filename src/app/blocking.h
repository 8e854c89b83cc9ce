#pragma once

#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace unified::app {

/// Runs one coroutine to its end on a reactor of its own; for one-shot commands, never inside the
/// supervisor. Nothing when it threw.
template <typename T>
std::optional<T> run_blocking(boost::asio::awaitable<T> work) {
  boost::asio::io_context reactor{1};
  std::optional<T> outcome;
  const auto keep = [&outcome](boost::asio::awaitable<T> inner) -> boost::asio::awaitable<void> {
    T value = co_await std::move(inner);
    outcome.emplace(std::move(value));
  };
  boost::asio::co_spawn(reactor, keep(std::move(work)), boost::asio::detached);
  reactor.run();
  return outcome;
}

}  // namespace unified::app
