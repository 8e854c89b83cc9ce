#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace unified::jetstream {

// What the keys of the old services.yaml are called here.

/// Keys of `nats:` that are a variable of ours.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kNatsVariables{{
    {"nats_port", "NATS_PORT"},
    {"cluster_port", "NATS_CLUSTER_PORT"},
    {"http_port", "NATS_HTTP_PORT"},
    {"jetstream_enabled", "JETSTREAM_ENABLED"},
    {"jetstream_max_memory", "JETSTREAM_MAX_MEMORY"},
    {"jetstream_max_storage", "JETSTREAM_MAX_FILE"},
    {"max_connections", "NATS_MAX_CONNECTIONS"},
    {"max_subscriptions", "NATS_MAX_SUBSCRIPTIONS"},
    {"max_payload", "NATS_MAX_PAYLOAD"},
    {"write_deadline", "NATS_WRITE_DEADLINE"},
    {"ping_interval", "NATS_PING_INTERVAL"},
    {"max_pings_out", "NATS_PING_MAX"},
    {"cluster_name", "NATS_CLUSTER_NAME"},
}};

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTlsVariables{{
    {"cert_file", "NATS_TLS_CERT"},
    {"key_file", "NATS_TLS_KEY"},
    {"ca_file", "NATS_TLS_CA"},
    {"verify", "NATS_TLS_VERIFY"},
}};

/// Keys of `nats:` that say who may log in, for which `.env` has no word.
inline constexpr std::array<std::string_view, 7> kLogins{
    "token", "authorization", "accounts", "authentication", "auth", "user", "password"};

/// What there is nothing for, and what to do.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kUntaken{{
    {"jetstream_max_streams",
     "there is no limit of streams; `jetstream` limits of an account can "
     "stand in NATS_EXTRA_CONFIG_FILE"},
    {"jetstream_max_consumers", "there is no such limit; max_consumers of each stream is one"},
    {"client_urls", "it was read by clients: give it to them"},
    {"nats_url", "clients and commands use NATS_URL; the broker itself needs none"},
}};

/// Parts of unified_message_broker.yaml that are not the broker's.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kUntakenUnified{{
    {"nats_client", "clients and commands use NATS_URL; the broker itself needs none"},
    {"lsr_subscriber",
     "its consumer is made by the subscriber; declare it below its stream "
     "(consumers:) when the broker should"},
    {"monitoring", "HEALTH_CHECK_INTERVAL says how often; what is checked is the supervisor's own"},
    {"logging", "LOG_LEVEL, LOG_FORMAT and NATS_LOG_FILE say that here"},
}};

/// The other side of such a table; empty: the key is none of it.
std::string_view counterpart_of(const auto& table, std::string_view key) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.first == key; });
  return found == table.end() ? std::string_view{} : found->second;
}

}  // namespace unified::jetstream
