#include "app/pauser.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/pause_file.h"
#include "app/verb_routes.h"
#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "os/presence.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using jetstream::Pauses;
using nlohmann::json;

/// Behind a reconcile that is under way.
constexpr std::chrono::seconds kPausePatience{60};
constexpr std::chrono::seconds kReadAgain{30};

std::int64_t pause_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Response done_answer(const std::string& stream, const std::string& message) {
  const json body{{"outcome", "done"}, {"stream", stream}, {"message", message}};
  return {200, body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

/// What is wrong with what was asked for; empty: nothing.
std::string wrong_request(const std::string& stream, std::int64_t seconds) {
  if (stream.empty())
    return "stream: the name of a declared stream is expected";
  if (seconds <= 0 || std::chrono::seconds{seconds} > jetstream::kLongestPause)
    return fmt::format(
        "for_seconds: {} is not between 1 and {} ({}); ask again before a pause ends to make it "
        "longer",
        seconds, std::chrono::seconds{jetstream::kLongestPause}.count(),
        format_duration(jetstream::kLongestPause));
  return {};
}

std::string on_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char each) { return each < 0x20 || each == 0x7f; }, ' ');
  return text;
}

}  // namespace

Pauser::Pauser(Parts parts) : parts_(std::move(parts)), end_(parts_.reactor) {}

void Pauser::start() {
  asio::co_spawn(parts_.reactor, tell_at_start(), asio::detached);
}

std::vector<api::Route> Pauser::routes() {
  const auto begin = [this](Request request) { return pause(std::move(request)); };
  const auto end = [this](Request request) { return resume(std::move(request)); };
  return {{"POST", "/pause", begin}, {"POST", "/resume", end}};
}

void Pauser::write_again() {
  parts_.worker.post(
      [file = parts_.file, held = parts_.provisioner.held_streams(), log = &parts_.log] {
        const auto pauses = read_pauses(file, *held);
        if (!pauses) {
          log->error("{}", pauses.error().message);
          return;
        }
        const auto there = os::name_exists(file);
        if (!pauses->empty() && there && !*there)
          log->error("{} was removed and can't be written again: its pauses end with this process",
                     file);
      });
}

bool Pauser::is_declared(const std::string& stream) const {
  const jetstream::Declarations& desired = parts_.provisioner.desired();
  return std::ranges::find(desired.streams, stream, &jetstream::StreamSpec::name) !=
             desired.streams.end() ||
         std::ranges::find(desired.consumers, stream, &jetstream::ConsumerSpec::stream) !=
             desired.consumers.end();
}

/// On the worker, so that it comes behind every reconcile that is under way, and the next one knows
/// it.
asio::awaitable<Result<Pauser::Changed>> Pauser::change(Change change) {
  using Outcome = Result<Changed>;
  std::function<Outcome()> task = [file = parts_.file, change = std::move(change),
                                   held = parts_.provisioner.held_streams()]() -> Outcome {
    auto before = read_pauses(file, *held);
    if (!before)
      return before.error();
    Pauses now = *before;
    change(now);
    if (to_json_text(now) != to_json_text(*before))
      if (auto kept = keep_pauses(file, now, *held); !kept)
        return kept.error();
    return Changed{*std::move(before), std::move(now)};
  };
  std::optional<Outcome> outcome =
      co_await parts_.worker.call<Outcome>(std::move(task), kPausePatience);
  if (!outcome) {
    read_again();  // what was asked for may still be done, and then it has an end
    co_return Error{fmt::format("{}: no answer within {}; ask again, it may still be done",
                                parts_.file, format_duration(kPausePatience))};
  }
  if (*outcome)
    wait_for_the_next_end((*outcome)->now);
  co_return *std::move(outcome);
}

asio::awaitable<Response> Pauser::pause(Request request) {
  const auto body = json::parse(request.body, nullptr, false);
  const std::string stream = body.is_object() ? jetstream::text_at(body, "stream") : "";
  const std::string reason =
      body.is_object() ? on_one_line(jetstream::text_at(body, "reason")) : "";
  const std::int64_t seconds = body.is_object() ? jetstream::int_at(body, "for_seconds") : 0;
  if (std::string wrong = wrong_request(stream, seconds); !wrong.empty())
    co_return verb_answer(kUnprocessable, "invalid", {std::move(wrong)});
  if (!parts_.provisioner.options().jetstream_enabled)
    co_return verb_answer(kConflict, "refused",
                          {"JETSTREAM_ENABLED=false: there are no streams to pause"});
  if (!is_declared(stream))
    co_return verb_answer(
        kConflict, "refused",
        {fmt::format("stream {} can't be paused: it is not declared here, so that nothing of ours "
                     "touches it. `plan` names the declared ones",
                     stream)});
  if (const std::string& held = parts_.provisioner.held(); !held.empty())
    co_return verb_answer(kConflict, "refused", {held + ": pause it when that is over"});
  const std::int64_t now = pause_clock_ns();
  const jetstream::Pause asked{
      now, now + std::chrono::nanoseconds{std::chrono::seconds{seconds}}.count(), reason};
  Change add = [stream, asked](Pauses& pauses) { pauses[stream] = asked; };
  const auto changed = co_await change(std::move(add));
  if (!changed)
    co_return verb_answer(kConflict, "failed", {changed.error().message});
  const std::string message = fmt::format("stream {} {}", stream, describe(asked));
  parts_.log.warn("{}: drift repair, reload and starts leave it alone, readiness does not",
                  message);
  co_return done_answer(stream, message);
}

asio::awaitable<Response> Pauser::resume(Request request) {
  const auto body = json::parse(request.body, nullptr, false);
  const std::string stream = body.is_object() ? jetstream::text_at(body, "stream") : "";
  if (stream.empty())
    co_return verb_answer(kUnprocessable, "invalid", {"a stream is expected"});
  if (!parts_.provisioner.options().jetstream_enabled)
    co_return done_answer(stream, fmt::format("stream {} was not paused", stream));
  Change drop = [stream](Pauses& pauses) { pauses.erase(stream); };
  const auto changed = co_await change(std::move(drop));
  if (!changed)
    co_return verb_answer(kConflict, "failed", {changed.error().message});
  if (!changed->before.contains(stream))
    co_return done_answer(stream, fmt::format("stream {} was not paused", stream));
  const std::string message = fmt::format("stream {} is no longer paused", stream);
  parts_.log.info("{}: asked to resume it", message);
  parts_.provisioner.reconcile_anew();
  co_return done_answer(stream, message);
}

asio::awaitable<void> Pauser::tell_at_start() {
  Change none = [](Pauses&) {};
  const auto kept = co_await change(std::move(none));
  if (!kept) {
    if (kept.error().message != std::exchange(fault_, kept.error().message))
      parts_.log.error("{}", fault_);
    end_.expires_after(kReadAgain);
    end_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled)
        start();
    });
    co_return;
  }
  const std::int64_t now = pause_clock_ns();
  for (const auto& [stream, pause] : kept->now)
    if (pause.until_unix_ns > now)
      parts_.log.warn("stream {} {}: it is left alone (`resume {}` ends that)", stream,
                      describe(pause), stream);
}

asio::awaitable<void> Pauser::end_what_is_over() {
  Change drop = [](Pauses& pauses) { (void)drop_ended(pauses, pause_clock_ns()); };
  const auto changed = co_await change(std::move(drop));
  if (!changed) {
    parts_.log.error("{}", changed.error().message);
    read_again();
    co_return;
  }
  for (const auto& [stream, pause] : changed->before)
    if (!changed->now.contains(stream))
      parts_.log.warn("the pause of stream {} is over: it is looked after again", stream);
  if (changed->before.size() != changed->now.size())
    parts_.provisioner.reconcile_anew();
}

void Pauser::read_again() {
  end_.expires_after(kReadAgain);
  end_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled)
      asio::co_spawn(parts_.reactor, end_what_is_over(), asio::detached);
  });
}

void Pauser::wait_for_the_next_end(const Pauses& pauses) {
  const auto next = next_end(pauses);
  if (!next) {
    end_.cancel();
    return;
  }
  end_.expires_at(std::chrono::system_clock::time_point{
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds{*next})});
  end_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled)
      asio::co_spawn(parts_.reactor, end_what_is_over(), asio::detached);
  });
}

}  // namespace unified::app
