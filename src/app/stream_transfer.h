#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "jetstream/nats/connection.h"

namespace unified::app {

/// Why something over the connection did not come about.
struct TransferError {
  std::string message;
  /// The connection broke, the server fell silent, or we are to stop: nobody knows what was carried
  /// out, and it may be tried again. Else the server said no.
  bool broken = true;
  std::int64_t err_code = 0;  ///< nats-server's, 0: none
};
inline TransferError said_no(std::string message) {
  return {.message = std::move(message), .broken = false};
}
template <typename T>
using Transfer = Result<T, TransferError>;

/// A long conversation with nats-server about one stream. Every function blocks until it is done,
/// the server said no, or it was silent for `silence`; a stop is noticed within a tenth of a
/// second.
struct Conversation {
  nats::Connection& connection;
  const std::atomic<bool>& stopped;
  std::string store_dir;  ///< of the server, when its files are ours (app/meta_keeping_port.h)
  std::chrono::milliseconds silence{30'000};
  /// How far it is, for people: bytes or messages.
  std::function<void(std::uint64_t done)> progress{};  // NOLINT(readability-redundant-member-init)

  /// A request whose answer is not an error; its JSON.
  Transfer<nlohmann::json> ask(const std::string& api, const nlohmann::json& body) const;
  /// The next message of the inbox; broken when none came in time.
  Transfer<nats::Delivery> next(nats::Inbox& inbox) const;
};

/// The server's own backup of a stream, with its consumers; returns what it said about it
/// (`{"config","state"}`). An error of `sink` ends it.
using PieceSink = std::function<Result<void>(std::string_view piece)>;
Transfer<nlohmann::json> snapshot_stream(const Conversation& talk,
                                         const std::string& stream,
                                         const PieceSink& sink);

/// Restores a stream of this configuration from the data that `feed` passes on; an error of `feed`
/// ends it, and nothing is restored. Returns the server's description of the stream.
Transfer<nlohmann::json> restore_stream(const Conversation& talk,
                                        const nlohmann::json& config,
                                        const nlohmann::json& state,
                                        const std::function<Result<void>(const PieceSink&)>& feed);

/// All consumers of a stream as CONSUMER.LIST describes them.
Transfer<nlohmann::json> list_consumers(const Conversation& talk, const std::string& stream);

}  // namespace unified::app
