#include "app/remote_health.h"

#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/remote_server.h"
#include "app/streams_view.h"
#include "config/url.h"
#include "health/limits.h"
#include "jetstream/api.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_expiry.h"
#include "jetstream/consumer_list.h"

namespace unified::app {
namespace {

using std::chrono::milliseconds;

class Stopwatch {
 public:
  [[nodiscard]] milliseconds read() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun_);
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// Any answer means that the server is alive: what it says is for people (facts §4). But anybody
/// may listen there: `server`, where it could be reached, must be the one that answers.
health::Probe monitor_probe(const config::Settings& settings,
                            const std::string& host,
                            const RemoteServer* server) {
  const Stopwatch watch;
  const auto answer = monitor_get(settings, host, "/healthz?js-enabled-only=true");
  if (!answer)
    return {false, answer.error().message, watch.read()};
  if (server != nullptr) {
    const std::string foreign = foreign_monitor(settings, *server);
    if (!foreign.empty())
      return {false, fmt::format("{} answered {}, but {}", answer->url, answer->status, foreign),
              watch.read()};
  }
  return {true, fmt::format("{} answered {}", answer->url, answer->status), watch.read()};
}

/// Asked at the first server of the list when none could be connected to.
std::string first_host(const config::Settings& settings) {
  if (settings.clients.urls.empty())
    return settings.server.http_host;
  const auto url = config::parse_url(settings.clients.urls.front().reveal());
  return url ? config::host_of(url->host_port) : std::string{};
}

/// An account without a limit of its own shares the server's, which only its monitoring tells.
std::optional<health::QuotaFacts> server_limit(const config::Settings& settings,
                                               const RemoteServer& server) {
  const auto answer = monitor_get(settings, server.host, "/varz");
  const auto varz = answer ? nlohmann::json::parse(answer->body, nullptr, false) : nlohmann::json{};
  const nlohmann::json::json_pointer used{"/jetstream/stats/storage"};
  const nlohmann::json::json_pointer most{"/jetstream/config/max_storage"};
  const auto seen = identity_in_varz(answer ? answer->body : std::string{});
  if (!seen || !may_speak_for(*seen, server.identity))
    return std::nullopt;
  if (!varz.is_object() || !varz.contains(used) || !varz.contains(most))
    return std::nullopt;
  return health::QuotaFacts{varz.at(used).get<std::int64_t>(), varz.at(most).get<std::int64_t>()};
}

/// A consumer that can't be asked about counts as missing; one that may have expired does not.
void look_at_consumers(const config::Settings& settings,
                       const jetstream::Declarations& desired,
                       jetstream::ApiPort& port,
                       const jetstream::StatesByName& states,
                       health::Snapshot& facts) {
  std::set<std::string> names;
  for (const jetstream::ConsumerSpec& spec : desired.consumers)
    names.insert(spec.stream);
  const std::vector<std::string> streams{names.begin(), names.end()};
  const auto lists = jetstream::list_consumers(
      port, streams,
      std::chrono::duration_cast<milliseconds>(settings.supervision.connect_timeout));
  std::set<std::pair<std::string, std::string>> there;
  std::set<std::string> unlisted;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!lists[i])
      unlisted.insert(streams[i]);
    else
      for (const jetstream::ConsumerState& consumer : lists[i]->consumers)
        there.emplace(consumer.stream, consumer.name);
  }
  const auto may_be_absent = [&](const jetstream::ConsumerSpec& spec) {
    const jetstream::StreamState* stream = jetstream::find_state(states, spec.stream);
    return stream != nullptr && !unlisted.contains(spec.stream) &&
           jetstream::expires(spec, stream->config);
  };
  for (const jetstream::ConsumerSpec& spec : desired.consumers)
    if (!there.contains({spec.stream, spec.name}) && !may_be_absent(spec))
      facts.missing_consumers.push_back(title_of(spec));
}

void look_at_jetstream(const config::Settings& settings,
                       const jetstream::Declarations& desired,
                       RemoteServer& server,
                       health::Snapshot& facts) {
  jetstream::ApiPort& port = *server.connection;
  const Stopwatch watch;
  jetstream::Api api{
      port, std::chrono::duration_cast<milliseconds>(settings.supervision.connect_timeout)};
  const auto account = api.account_info();
  facts.jetstream = account ? health::Probe{true, "answered", watch.read()}
                            : health::Probe{false, account.error().message, watch.read()};
  if (!account)
    return;
  facts.quota = health::QuotaFacts{account->storage_used, account->max_storage};
  if (account->max_storage < 0)
    if (const auto limit = server_limit(settings, server))
      facts.quota = limit;
  const auto listed = api.list_streams();
  if (!listed) {
    facts.jetstream = {false, listed.error().message, watch.read()};
    return;
  }
  facts.streams_known = true;
  for (const std::string& name : listed->unreachable)
    facts.unloaded.push_back(
        fmt::format("stream {}: the server knows it but can't reach it", name));
  const auto states = jetstream::states_by_name(listed->streams);
  for (const jetstream::StreamSpec& spec : desired.streams)
    facts.streams.push_back(facts_of(spec, jetstream::find_state(states, spec.name)));
  facts.limits = health::Limits{}.note(health::limits_of_streams(facts.streams),
                                       std::chrono::steady_clock::now());
  look_at_consumers(settings, desired, port, states, facts);
}

}  // namespace

health::Snapshot remote_snapshot(const config::Settings& settings,
                                 const jetstream::Declarations& desired) {
  health::Snapshot facts;
  facts.server_running = true;
  facts.server_was_ready = true;
  facts.phase = "not ours";
  facts.jetstream_enabled = settings.jetstream.enabled;
  const Stopwatch watch;
  auto server = connect_remote(settings, "health");
  facts.client_port = server ? health::Probe{true,
                                             fmt::format("connected to {} (nats-server {})",
                                                         server->url, to_text(server->version)),
                                             watch.read()}
                             : health::Probe{false, server.error().message, watch.read()};
  facts.http = monitor_probe(settings, server ? server->host : first_host(settings),
                             server ? &*server : nullptr);
  facts.jetstream = {false, server ? "disabled" : "not connected: " + server.error().message, {}};
  if (server && facts.jetstream_enabled)
    look_at_jetstream(settings, desired, *server, facts);
  return facts;
}

std::vector<health::Check> assess_remote(const health::Snapshot& snapshot) {
  std::vector<health::Check> checks = health::assess(snapshot);
  std::erase_if(checks, [](const health::Check& check) { return check.name == "supervisor"; });
  for (health::Check& check : checks)
    if (check.name == "storage" && snapshot.jetstream_enabled && !snapshot.quota)
      check = {"storage",
               health::Status::kFail,
               "unknown: JetStream does not answer: " + snapshot.jetstream.message,
               {}};
  return checks;
}

}  // namespace unified::app
