#pragma once

#include <nlohmann/json.hpp>

#include "support/bare_server.h"
#include "support/broker.h"

namespace unified::test {

/// The sidecar of the server at these ports. No nats-server can be found: none is needed.
inline BrokerOptions beside(int port, int monitor_port, Environment more = {}) {
  more.insert({{"AUTO_START_NATS", "false"},
               {"NATS_URL", "nats://127.0.0.1:" + std::to_string(port)},
               {"NATS_HTTP_PORT", std::to_string(monitor_port)},
               {"PATH", "/nonexistent"},
               {"LOG_LEVEL", "debug"}});
  BrokerOptions options{.server = {.suite = {}, .path = "/nonexistent/nats-server", .version = {}},
                        .environment = std::move(more),
                        .directory = nullptr};
  return options;
}

inline BrokerOptions beside(const BareServer& server, Environment more = {}) {
  return beside(server.port(), server.monitor_port(), std::move(more));
}

inline std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

inline NatsClient client_of(const BareServer& server) {
  nats::ConnectOptions options;
  options.url = server.url();
  return NatsClient{std::move(options)};
}

inline nlohmann::json status(const Broker& sidecar) {
  const auto reply = sidecar.get("/status");
  return reply ? nlohmann::json::parse(reply->body, nullptr, false) : nlohmann::json{};
}

}  // namespace unified::test
