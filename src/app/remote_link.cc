#include "app/remote_link.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/endpoints.h"
#include "app/provision_options.h"
#include "base/scrub.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// A guess at where monitoring is must not make the worker wait where a firewall drops it.
constexpr std::chrono::seconds kLinkMonitorPatience{1};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};
/// A login that is refused is a line in that server's log each time.
constexpr milliseconds kLongestRefusedPause{30'000};
/// A connection that ends sooner was none: the back-off goes on.
constexpr std::chrono::seconds kHeld{5};
/// The resolver and the connect have their own timeouts; nothing else waits for the finder.
constexpr milliseconds kFinderPatience{std::chrono::hours{1}};
constexpr std::chrono::nanoseconds kLongTime{std::chrono::hours{24}};
constexpr milliseconds kPing{5000};
constexpr const char* kClient = "sidecar";

struct Found {
  FoundServer server;
  std::string monitor_host;  ///< an IP address; empty: it has none
  int monitor_port = 0;
};

Result<Found> find(const config::Settings& settings, const std::string& url) {
  auto server = find_remote(settings, url, kClient);
  if (!server)
    return server.error();
  Found found{*std::move(server), {}, settings.server.http_port};
  if (const auto place = monitor_place(settings, found.server.host)) {
    found.monitor_port = place->port;
    const auto address = reachable_addresses(place->host);
    if (address)
      found.monitor_host = address->front();
    else if (!settings.clients.monitor_url.empty())
      return Error{"NATS_MONITOR_URL: " + address.error().message};
  }
  return found;
}

/// nats.c's words for a connection that ended without an error say nothing.
std::string end_of_connection(std::string why) {
  constexpr std::string_view kClosed = "closed: ";
  if (why.starts_with(kClosed))
    why.erase(0, kClosed.size());
  return why.empty() || why == "Connection Closed" ? "the connection was closed" : why;
}

}  // namespace

std::string store_to_look_into(const config::Settings& settings) {
  const auto value =
      std::ranges::find(settings.values, "JETSTREAM_STORE_DIR", &config::EffectiveValue::name);
  const bool named = value != settings.values.end() && !value->origin.starts_with("default");
  return named ? settings.jetstream.store_dir : std::string{};
}

RemoteLink::RemoteLink(asio::any_io_executor reactor, Parts parts)
    : reactor_(std::move(reactor)),
      parts_(std::move(parts)),
      finder_(reactor_),
      wake_(reactor_) {}

std::string RemoteLink::where() const {
  std::string text;
  for (const Secret& url : parts_.current.settings.clients.urls)
    text += (text.empty() ? "" : ",") + without_userinfo(url.reveal());
  return text;
}

GetMonitorPage RemoteLink::monitor() const {
  if (!server_)
    return {};
  config::Settings settings = parts_.current.settings;
  settings.supervision.connect_timeout = kLinkMonitorPatience;
  return [settings = std::move(settings),
          host = server_->host](const std::string& target) -> Result<std::string> {
    auto answer = monitor_get(settings, host, target);
    if (!answer)
      return answer.error();
    return std::move(answer->body);
  };
}

ProvisionOptions RemoteLink::options() const {
  ProvisionOptions options = provision_options(parts_.current);
  options.allowed = parts_.provisioner.options().allowed;  // for one plan, whichever server's
  options.store_dir = store_to_look_into(parts_.current.settings);
  if (server_) {
    options.connect = server_->connect;
    options.version = server_->version;
    options.clustered = server_->clustered;
  }
  options.monitor = monitor();
  // A connection that is lost is a server that may have lost more: it ends, and all is looked at
  // anew.
  options.connect.ping_interval = kPing;  // nobody else finds out that it hangs
  options.connect.max_reconnect = 0;
  return options;
}

asio::awaitable<void> RemoteLink::run() {
  milliseconds wait = kFirstPause;
  while (!stopped_) {
    Attempt attempt;
    try {
      attempt = co_await try_all();
    } catch (const std::exception& failure) {
      attempt.failure = fmt::format("internal error: {}", failure.what());
    }
    if (stopped_)
      co_return;
    if (attempt.held)
      wait = kFirstPause;
    else if (!attempt.failure.empty())
      wait_for(attempt.failure);
    co_await pause(wait);
    wait = std::min(wait * 2, attempt.answered ? kLongestRefusedPause : kLongestPause);
  }
}

void RemoteLink::stop() {
  stopped_ = true;
  wake_.cancel();
}

/// In the order of NATS_URL, until one was there for a while.
asio::awaitable<RemoteLink::Attempt> RemoteLink::try_all() {
  const std::vector<Secret> urls = parts_.current.settings.clients.urls;
  const std::uint64_t asked = asked_anew_;
  Attempt all;
  for (const Secret& url : urls) {
    Attempt one = co_await stay_with(url);
    if (one.held || stopped_)
      co_return one;
    if (asked != asked_anew_)
      co_return Attempt{{}, true, true};  // another list
    all.answered = all.answered || one.answered;
    all.failure += (all.failure.empty() || one.failure.empty() ? "" : "; ") + one.failure;
  }
  co_return all;
}

asio::awaitable<RemoteLink::Attempt> RemoteLink::stay_with(Secret url) {
  std::function<Result<Found>()> task =
      [settings = std::make_shared<const config::Settings>(parts_.current.settings), url] {
        return find(*settings, url.reveal());
      };
  const std::uint64_t asked = asked_anew_;
  std::optional<Result<Found>> found =
      co_await finder_.call<Result<Found>>(std::move(task), kFinderPatience);
  if (asked != asked_anew_)
    co_return Attempt{};  // found with settings of before
  if (!found || !*found)
    co_return Attempt{found ? found->error().message : "no answer", false, false};
  if (stopped_)
    co_return Attempt{};
  server_ = std::move((*found)->server);
  parts_.on_change((*found)->monitor_host, (*found)->monitor_port);
  Attempt attempt = co_await stay_connected();
  co_return attempt;
}

asio::awaitable<RemoteLink::Attempt> RemoteLink::stay_connected() {
  const auto begun = std::chrono::steady_clock::now();
  serving_ = true;
  was_up_ = false;
  parts_.provisioner.found(++incarnation_, options());
  while (serving_ && !stopped_) {
    co_await pause(kLongTime);
  }
  const bool held = std::chrono::steady_clock::now() - begun >= kHeld;
  // That it was lost has been told.
  co_return Attempt{was_up_ ? std::string{} : why_, true, held && was_up_};
}

asio::awaitable<void> RemoteLink::pause(std::chrono::nanoseconds duration) {
  wake_.expires_after(duration);
  co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void RemoteLink::connected(std::uint64_t incarnation) {
  if (incarnation != incarnation_ || !serving_ || !server_)
    return;
  up_ = true;
  why_.clear();
  told_.clear();
  parts_.log.info("connected to {}: nats-server {}{}", server_->url, to_text(server_->version),
                  server_->identity.name.empty() ? "" : " " + server_->identity.name);
}

void RemoteLink::lost(std::uint64_t incarnation, const std::string& why) {
  if (incarnation != incarnation_ || !std::exchange(serving_, false))
    return;
  const std::string cause = end_of_connection(why);
  why_ = parts_.log.scrub(cause + connect_hint(parts_.current.settings, cause));
  was_up_ = std::exchange(up_, false);
  parts_.provisioner.exited(incarnation);
  parts_.on_change({}, 0);
  if (was_up_ && server_)
    parts_.log.warn("lost {}: {}; not ready until it is back", server_->url, why_);
  wake_.cancel();
}

void RemoteLink::look_anew(const std::string& why) {
  ++asked_anew_;
  if (serving_)
    lost(incarnation_, why);
  else
    wake_.cancel();
}

void RemoteLink::wait_for(const std::string& why) {
  why_ = parts_.log.scrub(why);
  if (std::exchange(told_, why_) != why_)
    parts_.log.warn("waiting for the server of NATS_URL: {}", why_);
}

}  // namespace unified::app
