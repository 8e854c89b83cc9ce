#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/migration_files.h"
#include "app/migration_run.h"
#include "app/stream_transfer.h"
#include "app/throwaway_server.h"
#include "jetstream/migration_journal.h"

namespace unified::app {

/// One migration from its journal to its end (run_migration). Its steps are in several files:
/// migration_run.cc chooses them, migration_save.cc has those that touch nothing,
/// migration_replace.cc those from the moment at which the old stream goes, migration_end.cc the
/// last ones.
class Migration {
 public:
  Migration(jetstream::MigrationJournal journal, const MigrationSurroundings& around)
      : journal_(std::move(journal)),
        around_(around),
        files_(around.store_dir, journal_.stream) {}

  MigrationOutcome run();

 private:
  using Failure = std::optional<TransferError>;

  // ---- one step after the other

  /// The next step; what went wrong in it.
  Failure advance();

  /// What a failed step means for what comes next.
  void settle(const TransferError& failure);
  [[nodiscard]] std::string hands_off(jetstream::StreamSeen seen) const;

  Failure connect();

  Transfer<jetstream::StreamSeen> look();

  // ---- before anything is replaced: migration_save.cc

  Failure park();

  Failure save();

  Failure prove();

  Failure restore_elsewhere();

  /// Whether the stream or a consumer is not as it was saved.
  Transfer<bool> moved_since();

  // ---- from the moment at which the old stream goes: migration_replace.cc

  Failure replace();

  Failure put_back();

  Failure remove_present();

  Failure place_by_restoring(const nlohmann::json& config);

  Failure place_by_loading();

  /// The consumers that no snapshot has; then whether all is there.
  Failure complete(const nlohmann::json& config, jetstream::MigrationMethod method);

  Failure compare_config(const nlohmann::json& config);

  Failure make_missing_consumers(jetstream::MigrationMethod method);

  // ---- the end: migration_end.cc

  Failure open(const nlohmann::json& config);

  /// It was in memory, and its server has ended since.
  Failure begin_again(const nlohmann::json& config);

  Failure finish();

  Failure give_up_gone();

  void end_proof();

  // ---- small ones

  Failure enter(jetstream::MigrationPhase phase);

  [[nodiscard]] nlohmann::json config_now() const { return info_.value("config", nlohmann::json::object()); }

  [[nodiscard]] std::function<Result<void>(const PieceSink&)> feed() const {
    return [this](const PieceSink& sink) { return files_.load(journal_, sink); };
  }

  /// Those of others, settled.
  Transfer<nlohmann::json> consumers_now(const Conversation& talk) const;

  [[nodiscard]] Conversation live(std::string what = {}) const;
  [[nodiscard]] Conversation elsewhere(std::string what = {}) const;
  [[nodiscard]] Conversation talk_to(nats::Connection& connection, std::string what) const;

  void tell(const std::string& step) const;

  void rest(std::chrono::milliseconds pause) const;

  jetstream::MigrationJournal journal_;
  const MigrationSurroundings& around_;
  MigrationFiles files_;
  std::unique_ptr<nats::Module> module_;
  std::unique_ptr<nats::Connection> connection_;
  std::unique_ptr<ThrowawayServer> proof_;
  jetstream::MigrationStep step_ = jetstream::MigrationStep::kPark;
  nlohmann::json info_;  ///< of the last look
  std::optional<MigrationOutcome> outcome_;
  std::string told_;
  int breaks_ = 0;
  int snapshots_ = 0;
};

}  // namespace unified::app
