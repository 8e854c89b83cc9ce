#include "app/reactor_loop.h"

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace unified::app {

void run_until_ended(boost::asio::io_context& reactor,
                     const std::optional<int>& exit_code,
                     observe::Log& log) {
  while (!exit_code) {
    try {
      reactor.run();
    } catch (const std::exception& error) {
      log.error("internal error, going on: {}", error.what());
    }
  }
}

void after_the_answer(boost::asio::io_context& reactor, std::function<void()> task) {
  constexpr std::chrono::milliseconds kAnswerTime{50};
  auto timer = std::make_shared<boost::asio::steady_timer>(reactor, kAnswerTime);
  timer->async_wait([timer, task = std::move(task)](const auto& /*error*/) { task(); });
}

}  // namespace unified::app
