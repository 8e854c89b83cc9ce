#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/nats_client.h"

namespace unified::test {

/// Which messages a server must still have. Losses are forgiven only as far as a plan named them.
class MessageLedger {
 public:
  /// Everything that is stored right now, of every stream.
  void take_stock(NatsClient& client);
  /// `plan --json` of what is about to be applied.
  void will_apply(const nlohmann::json& plan);
  /// A consumer has acknowledged it, or everything up to it: an interest or workqueue stream drops
  /// it.
  void acknowledged(const std::string& stream, std::uint64_t sequence, bool up_to_it);
  /// Streams in memory are empty after that.
  void server_restarts() { restarted_ = true; }

  /// Streams with messages that the server does not list now.
  [[nodiscard]] std::vector<std::string> unlisted(NatsClient& client) const;

  /// What has disappeared although no plan named it, and what is another message now; empty: as it
  /// must be.
  std::vector<std::string> missing(NatsClient& client);

 private:
  struct Stream {
    bool in_memory = false;
    bool expires_soon = false;
    std::map<std::uint64_t, StoredMessage> messages;
  };
  using Streams = std::map<std::string, Stream>;

  static Streams read(NatsClient& client);
  void compare(const std::string& name,
               const Stream& before,
               const Stream& after,
               std::vector<std::string>& problems);

  [[nodiscard]] bool is_acknowledged(const std::string& name, std::uint64_t sequence) const;

  Streams streams_;
  std::set<std::pair<std::string, std::uint64_t>> acknowledged_;
  std::map<std::string, std::uint64_t> acknowledged_up_to_;
  std::map<std::string, std::uint64_t> forgiven_;  ///< how many more a stream may lose
  bool restarted_ = false;
};

}  // namespace unified::test
