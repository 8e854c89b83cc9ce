#include "app/cluster_watch.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "observe/server_line.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

/// The members of a group that is just being formed join one after the other.
constexpr int kLooksThatConvince = 3;
/// How many times longer the pause becomes while the other nodes are awaited.
constexpr int kLongestPause = 16;

}  // namespace

ClusterWatch::ClusterWatch(Parts parts) : parts_(std::move(parts)), wake_(parts_.reactor) {}

void ClusterWatch::server_line(std::string_view line) {
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (!parsed.from_client && parsed.text.starts_with("JetStream cluster bootstrapping"))
    forms_group_ = true;
}

void ClusterWatch::server_ready() {
  if (std::exchange(forms_group_, false))
    asio::co_spawn(parts_.reactor, watch(++watches_), asio::detached);
}

void ClusterWatch::ended() {
  ++watches_;
  forms_group_ = false;
  wake_.cancel();
}

asio::awaitable<void> ClusterWatch::watch(std::uint64_t watch) {
  int out = 0;
  int in = 0;
  auto pause = parts_.between_looks;
  while (watch == watches_ && in < kLooksThatConvince) {
    wake_.expires_after(pause);
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (watch != watches_)
      co_return;
    std::string target = "/raftz?acc=$SYS&group=_meta_";
    const Result<std::string> page = co_await parts_.get(std::move(target));
    const health::MetaGroup group = page ? health::meta_group(*page) : health::MetaGroup{};
    bool leader_answers = false;
    if (watch == watches_ && health::leaves_us_out(group, true))
      leader_answers = co_await parts_.leader_answers();
    if (watch != watches_)
      co_return;
    in = health::is_whole(group) ? in + 1 : 0;
    out = health::leaves_us_out(group, leader_answers) ? out + 1 : 0;
    pause = in > 0 || out > 0 ? parts_.between_looks
                              : std::min(pause * 2, parts_.between_looks * kLongestPause);
    if (out < kLooksThatConvince)
      continue;
    out = 0;
    if (parts_.on_left_out(health::left_out_sentence(group)))
      ended();
  }
}

}  // namespace unified::app
