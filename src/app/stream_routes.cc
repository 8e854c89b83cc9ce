#include "app/stream_routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/api_answers.h"
#include "jetstream/round_trip.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

/// The readiness probe waits behind it on the worker, and has a deadline of 5 s.
constexpr milliseconds kLongestRelay{4000};
/// What commands may ask over the supervisor's own connection: JetStream's API, and `verify`'s
/// message to itself. Who may ask at all could read the internal user's password from nats.conf.
bool may_be_relayed(const std::string& subject) {
  return subject.starts_with("$JS.API.") || subject.starts_with(jetstream::kVerifyPrefix);
}

/// Whether it may change a stream that is just being moved.
bool changes_streams(const std::string& subject) {
  constexpr std::array<std::string_view, 6> kChanging{"CREATE", "UPDATE",  "DELETE",
                                                      "PURGE",  "RESTORE", "MSG.DELETE"};
  constexpr std::string_view kStreams{"$JS.API.STREAM."};
  return subject.starts_with(kStreams) &&
         std::ranges::any_of(kChanging, [&](std::string_view verb) {
           return subject.compare(kStreams.size(), verb.size(), verb) == 0;
         });
}

/// Why a request that changes a stream, or a consumer of it, must not be passed on: an operator
/// paused it, or a client restores it.
std::optional<std::string> left_alone(const Provisioner& provisioner, const std::string& subject) {
  constexpr std::array<std::string_view, 6> kPrefixes{
      "$JS.API.STREAM.CREATE.",           "$JS.API.STREAM.UPDATE.",   "$JS.API.STREAM.DELETE.",
      "$JS.API.CONSUMER.DURABLE.CREATE.", "$JS.API.CONSUMER.CREATE.", "$JS.API.CONSUMER.DELETE."};
  for (const std::string_view prefix : kPrefixes) {
    if (!subject.starts_with(prefix))
      continue;
    const std::string rest = subject.substr(prefix.size());
    const std::string stream = rest.substr(0, rest.find('.'));
    if (const auto why = provisioner.held_streams()->why(stream))
      return fmt::format("stream {} {}", stream, *why);
  }
  return std::nullopt;
}

/// `{"subject","payload","timeout_ms"}` -> the server's answer as it is; 502 and a sentence when
/// there is none.
asio::awaitable<Response> relay(Provisioner& provisioner, Request request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.value("subject", nlohmann::json{}).is_string() ||
      !body.value("payload", nlohmann::json{}).is_string())
    co_return Response{400, "a JSON object with subject and payload is expected\n",
                       api::kPlainText};
  std::string subject = body["subject"].get<std::string>();
  if (!may_be_relayed(subject))
    co_return Response{403, fmt::format("{} is not passed on\n", subject), api::kPlainText};
  if (!provisioner.held().empty() && changes_streams(subject))
    co_return Response{502, provisioner.held() + ": try again when it is done", api::kPlainText};
  if (const auto held = left_alone(provisioner, subject))
    co_return Response{502, *held, api::kPlainText};
  const std::int64_t asked = jetstream::int_at(body, "timeout_ms");
  const milliseconds patience{std::clamp<std::int64_t>(asked, 1, kLongestRelay.count())};
  std::string payload = body["payload"].get<std::string>();
  const Result<std::string> answer =
      co_await provisioner.relay(std::move(subject), std::move(payload), patience);
  if (!answer)
    co_return Response{502, answer.error().message, api::kPlainText};
  co_return Response{200, *answer};
}

/// `?STREAM` or `?STREAM/CONSUMER` -> 200 and why it must not be created, or 404: provably absent.
asio::awaitable<Response> evidence(Provisioner& provisioner, std::string name) {
  const std::size_t slash = std::min(name.find('/'), name.size());
  std::string stream = name.substr(0, slash);
  std::string consumer = name.substr(std::min(slash + 1, name.size()));
  const std::optional<std::string> found =
      co_await provisioner.evidence(std::move(stream), std::move(consumer), kRefreshPatience);
  co_return Response{found ? 200 : 404, found.value_or("nothing"), api::kPlainText};
}

/// What `plan` compares the manifest with.
asio::awaitable<Response> streams(Provisioner& provisioner) {
  const bool listed = co_await provisioner.refresh(kRefreshPatience);
  if (!listed)
    co_return Response{
        503,
        ordered_json{{"error", "the streams can't be listed: nats-server does not answer"}}.dump() +
            "\n"};
  ordered_json body;
  body["server_version"] = to_text(provisioner.options().version);
  body["clustered"] = provisioner.options().clustered;
  body["store_dir"] = provisioner.options().store_dir;
  body["unloaded"] = provisioner.view().unloaded;
  body["streams"] = ordered_json::array();
  for (const jetstream::StreamState& state : provisioner.view().actual)
    body["streams"].push_back({{"config", state.config},
                               {"state",
                                {{"messages", state.messages},
                                 {"bytes", state.bytes},
                                 {"first_seq", state.first_seq},
                                 {"last_seq", state.last_seq},
                                 {"first_ts", state.first_ts},
                                 {"last_ts", state.last_ts},
                                 {"consumer_count", state.consumers}}}});
  co_return Response{200, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n"};
}

}  // namespace

std::vector<api::Route> stream_routes(Provisioner& provisioner) {
  const auto listed = [&provisioner](const Request&) { return streams(provisioner); };
  const auto ask = [&provisioner](Request request) {
    return relay(provisioner, std::move(request));
  };
  const auto look = [&provisioner](const Request& request) {
    return evidence(provisioner, request.query);
  };
  return {{"GET", "/streams", listed}, {"POST", "/jetstream", ask}, {"GET", "/evidence", look}};
}

}  // namespace unified::app
