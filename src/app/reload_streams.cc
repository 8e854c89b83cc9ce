#include "app/reload_streams.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kStreamsPatience{10'000};
constexpr std::chrono::milliseconds kStreamsLook{50};

/// What was refused before has nothing to do with this reload, whatever has been counted since.
void add_new(const std::vector<KeyedLine>& now,
             const std::vector<KeyedLine>& before,
             ReloadOutcome& outcome) {
  for (const auto& [key, line] : now)
    if (std::ranges::find(before, key, &KeyedLine::key) == before.end()) {
      outcome.lines.push_back(line);
      outcome.kind = ReloadOutcome::Kind::kInPart;
    }
}

}  // namespace

asio::awaitable<void> add_streams_outcome(const Provisioner& provisioner,
                                          const StreamsView& before,
                                          ReloadOutcome& outcome) {
  asio::steady_timer rest{co_await asio::this_coro::executor};
  const auto deadline = std::chrono::steady_clock::now() + kStreamsPatience;
  while (!provisioner.reconciled() && std::chrono::steady_clock::now() < deadline) {
    rest.expires_after(kStreamsLook);
    co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (!provisioner.reconciled()) {
    outcome.kind = ReloadOutcome::Kind::kInPart;
    outcome.lines.emplace_back("the streams are not in place yet; `status` says when they are");
    co_return;
  }
  add_new(provisioner.view().faults, before.faults, outcome);
  for (const auto& [stream, why] : provisioner.left_alone())
    outcome.lines.push_back(fmt::format("stream {} {}: it was left alone", stream, why));
}

}  // namespace unified::app
