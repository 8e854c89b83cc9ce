#include "app/parts.h"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

namespace unified::app {

namespace asio = boost::asio;

namespace {

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return fmt::format("internal error: {}", error.what());
  } catch (...) {
    return "internal error";
  }
}

}  // namespace

Parts::Parts(asio::any_io_executor reactor, observe::Log& log)
    : reactor_(std::move(reactor)),
      log_(log) {}

Parts::Timer Parts::expect(const std::string& name) {
  Timer timer = std::make_shared<asio::steady_timer>(reactor_);
  waiting_[name] = {.attempt = {}, .timer = timer, .failures = 0};
  return timer;
}

Result<void> Parts::start(const std::string& name, const Start& start) {
  const Timer timer = expect(name);
  waiting_[name].attempt = [this, name, timer, start] { attempted(name, timer, start()); };
  Result<void> first = start();
  attempted(name, timer, first);
  return first;
}

void Parts::start_slowly(const std::string& name, const SlowStart& start) {
  const Timer timer = expect(name);
  waiting_[name].attempt = [this, name, timer, start] { attempt_slowly(name, timer, start); };
  attempt_slowly(name, timer, start);
}

void Parts::attempt_slowly(const std::string& name, const Timer& timer, const SlowStart& start) {
  asio::co_spawn(
      reactor_, start(),
      [this, name, timer](const std::exception_ptr& failure, const Result<void>& outcome) {
        attempted(name, timer, failure ? Result<void>{Error{words_of(failure)}} : outcome);
      });
}

void Parts::attempted(const std::string& name, const Timer& timer, const Result<void>& outcome) {
  const auto found = waiting_.find(name);
  if (found == waiting_.end() || found->second.timer != timer)
    return;  // another one has taken its place
  tell(name, outcome ? "" : outcome.error().message, ", and it is started again and again");
  if (outcome) {
    waiting_.erase(found);
    return;
  }
  Waiting& part = found->second;
  ++part.failures;
  timer->expires_after(health::next_start_in(part.failures));
  timer->async_wait([this, name, timer](const boost::system::error_code& error) {
    const auto still = waiting_.find(name);
    if (error || still == waiting_.end() || still->second.timer != timer)
      return;
    const std::function<void()> attempt = still->second.attempt;  // outlives its place in the map
    attempt();
  });
}

void Parts::note(const std::string& name, const std::string& why) {
  tell(name, why, "");
}

void Parts::tell(const std::string& name, const std::string& why, std::string_view what_follows) {
  if (!parts_.note(name, why, std::chrono::steady_clock::now()))
    return;
  if (why.empty())
    log_.info("{} works again", name);
  else
    log_.warn("{} does not work: {}; everything else runs on without it{}", name, why,
              what_follows);
}

std::vector<health::PartFacts> Parts::seen() const {
  return parts_.seen(std::chrono::steady_clock::now());
}

}  // namespace unified::app
