#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jetstream/nats/module.h"

namespace unified::test {

struct StoredMessage {
  std::uint64_t sequence = 0;
  std::string subject;
  std::string payload;
  bool operator==(const StoredMessage&) const = default;
};

struct DeliveredMessage {
  std::string subject;
  std::string payload;
  bool operator==(const DeliveredMessage&) const = default;
};

/// A JetStream client for tests, over our own module. Functions without Result throw
/// std::runtime_error.
class NatsClient {
 public:
  explicit NatsClient(nats::ConnectOptions options);

  [[nodiscard]] nats::Connection& connection() { return *connection_; }

  /// Waits for the ack.
  Result<nats::PublishAck> publish(const std::string& subject,
                                   const std::string& payload,
                                   const nats::Headers& headers = {});

  /// A JetStream API request ("STREAM.INFO.X"): the answer, whatever it says.
  nlohmann::json api(const std::string& name, const nlohmann::json& body = nullptr);
  /// Like api(), but an answer with `error` throws.
  nlohmann::json api_ok(const std::string& name, const nlohmann::json& body = nullptr);

  /// `state.messages` of a stream.
  std::uint64_t count(const std::string& stream);
  /// Every message of a stream in order, read by sequence (STREAM.MSG.GET), at most `most`.
  std::vector<StoredMessage> stored(const std::string& stream, std::size_t most = SIZE_MAX);
  /// Every message of a stream in order, delivered by an ephemeral consumer; less when `limit` is
  /// over first.
  std::vector<DeliveredMessage> consumed(const std::string& stream,
                                         std::chrono::milliseconds limit = std::chrono::seconds{
                                             20});

 private:
  std::unique_ptr<nats::Module> module_;
  nats::ConnectOptions options_;
  std::unique_ptr<nats::Connection> connection_;
};

}  // namespace unified::test
