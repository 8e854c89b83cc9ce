#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "integration/draw.h"
#include "integration/message_ledger.h"
#include "integration/random_manifest.h"
#include "integration/stream_files.h"
#include "support/broker.h"

namespace unified::test {

/// A broker whose manifest changes at random, applied in every way while somebody is killed. Every
/// run of a seed draws the same things; what the fault of a step hits may differ.
class ManifestSequence {
 public:
  ManifestSequence(std::uint64_t seed, NatsServer server);

  /// What went wrong; empty: every message that had to be there was. Throws std::runtime_error when
  /// a broker does not come up.
  std::vector<std::string> run(int steps);
  /// What was done, for whoever looks for the cause.
  [[nodiscard]] const std::string& story() const { return story_; }

 private:
  void tell(const std::string& text) { story_ += text + "\n"; }
  void write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string env_text(const std::string& manifest, const std::string& allow) const;
  std::chrono::milliseconds a_moment() { return std::chrono::milliseconds{draw_.below(60)}; }

  void start();
  void settle();
  void fill();
  void consume(const std::string& stream);
  void consume_one(const std::string& stream, const std::string& consumer, bool is_acknowledged);
  bool change_manifest();
  std::optional<nlohmann::json> plan_of(const RandomManifest& next, const std::string& allow);

  void check_permissions(const nlohmann::json& plan, const std::string& allow);

  // manifest_sequence_faults.cc
  void apply();
  void apply_by_command(const std::string& name, bool is_killed);
  void restart();
  void kill_broker();
  void kill_server();
  void mend();

  Draw draw_;
  NatsServer server_;
  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  StreamFiles files_{*directory_ / "store"};
  std::optional<Broker> broker_;
  std::optional<NatsClient> client_;
  RandomManifest manifest_;
  std::string allow_;
  MessageLedger ledger_;
  pid_t killed_server_ = 0;
  int published_ = 0;
  std::string story_;
  std::vector<std::string> problems_;
};

}  // namespace unified::test
