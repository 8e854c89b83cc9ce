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
/// migration_seal.cc those around the moment from which on nothing can be stored,
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
  /// Tells the log, or the person that it waits for, what went wrong: once for each new reason.
  void tell_failure(const TransferError& failure, bool waits_for_person);
  [[nodiscard]] std::string hands_off(jetstream::StreamSeen seen) const;

  /// What was replaced is gone: from the backup once more.
  Failure again();

  /// Whether somebody has cancelled it; as a failure that brings the old configuration back.
  Failure hear_cancel();

  Failure connect();

  Transfer<jetstream::StreamSeen> look();

  // ---- before anything is replaced: migration_save.cc

  Failure park();

  /// The subjects come back, and `why` is told.
  Failure leave(std::string why);

  /// Gets the configuration that was just changed onto the disk.
  [[nodiscard]] Failure sync_config() const;

  void admit_what_is_sealed();

  Failure save();

  /// Goes on from a backup that is whole on the disk and not in the journal yet; else nothing is
  /// done.
  Failure find_backup();

  Failure prove();

  /// Whether there is memory for the proof and for what comes after it.
  [[nodiscard]] Failure admit_to_memory() const;

  /// The same for a stream that is sealed: whatever its consumers do, the backup holds all of it.
  Failure prove_sealed(const jetstream::StreamDigest& copy);

  Failure restore_elsewhere();

  /// Of the backup as it was tried out; an error when its messages can't be put in place.
  Transfer<jetstream::StreamDigest> digest_backup() const;

  /// Of the stream itself; of one that was in memory and ended with its server, nothing is left to
  /// compare with but its counts.
  Transfer<jetstream::StreamDigest> digest_original(const jetstream::StreamDigest& backup) const;

  /// Whether the stream or a consumer is not as it was saved.
  Transfer<bool> moved_since();

  // ---- nothing can be stored any more: migration_seal.cc

  Failure seal();

  /// What is sealed with the backup; then it may be deleted, or is saved again.
  Failure compare();
  Failure compare_state();
  Failure compare_messages();

  Failure save_again(const std::string& why);

  /// The backup holds all that is sealed: on it goes, or back.
  Failure condemn();

  /// What is there while it is replaced is to be sealed and compared, whoever made it.
  Failure suspect();

  /// Whether the backup holds all that is there, and whether all of the backup is there, with more.
  enum class Held : std::uint8_t { kAll, kNotTheLast, kOther };
  Transfer<Held> how_much_is_held();

  // ---- from the moment at which the old stream goes: migration_replace.cc

  Failure replace();

  Failure put_back();

  /// Deletes what was condemned, and puts the backup there with this configuration.
  Failure place(const nlohmann::json& config,
                jetstream::MigrationMethod method,
                jetstream::MigrationPhase placed);

  /// Nothing is put in the place of a folder that nats-server has not loaded.
  Failure refuse_unloaded();

  /// What is there is not sealed: it is what is to be put there, or has to be compared.
  Failure judge_present(const nlohmann::json& config,
                        jetstream::MigrationMethod method,
                        jetstream::MigrationPhase placed);

  /// complete(), with patience for a consumer that does not come back with the old stream.
  Failure complete_placed(const nlohmann::json& config,
                          jetstream::MigrationMethod method,
                          jetstream::MigrationPhase placed);

  /// Whether the backup is still what was proved. It is made anew while the original is there.
  Failure check_backup();

  /// The only one that deletes a stream: it is sealed, was compared since, and is still that one.
  Failure remove_condemned();

  Failure put_restored(const nlohmann::json& config);

  Failure put_loaded();

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

  /// The next phase begins when it is on the disk, never before. What can't be written is tried
  /// again, and nothing else is done until then: what the disk says is unknown.
  Failure enter(jetstream::MigrationPhase phase);
  Failure enter(jetstream::MigrationJournal next);

  [[nodiscard]] nlohmann::json config_now() const {
    return info_.value("config", nlohmann::json::object());
  }

  [[nodiscard]] std::string created_now() const;

  [[nodiscard]] std::function<Result<void>(const PieceSink&)> feed() const {
    return [this](const PieceSink& sink) { return files_.load(journal_, sink); };
  }

  /// Those of others, settled.
  Transfer<nlohmann::json> consumers_now(const Conversation& talk) const;

  /// What progress counts.
  enum class Counts : std::uint8_t { kMessages, kBytes };
  [[nodiscard]] Conversation live(std::string what = {}, Counts counts = Counts::kMessages) const;
  [[nodiscard]] Conversation elsewhere(std::string what = {},
                                       Counts counts = Counts::kMessages) const;
  [[nodiscard]] Conversation talk_to(nats::Connection& connection,
                                     std::string what,
                                     Counts counts) const;

  void tell(const std::string& step) const;

  void rest(std::chrono::milliseconds pause) const;

  jetstream::MigrationJournal journal_;
  const MigrationSurroundings& around_;
  std::optional<jetstream::MigrationJournal> unwritten_;  ///< failed to be written
  MigrationFiles files_;
  std::unique_ptr<nats::Module> module_;
  std::unique_ptr<nats::Connection> connection_;
  std::unique_ptr<ThrowawayServer> proof_;
  jetstream::MigrationStep step_ = jetstream::MigrationStep::kPark;
  nlohmann::json info_;  ///< of the last look, if it was there
  jetstream::StreamSeen seen_ = jetstream::StreamSeen::kAbsent;  ///< at the last look
  std::optional<MigrationOutcome> outcome_;
  std::string told_;
  int breaks_ = 0;
  bool searched_ = false;      ///< find_backup() has looked
  bool deleted_here_ = false;  ///< by this run: what is absent now was compared before
  int bad_returns_ = 0;
  int bad_proofs_ = 0;           ///< of backups of what is sealed
  bool messages_there_ = false;  ///< of what was put in place last, those of the backup are
  int moves_ = 0;                ///< how often it was not any more as it was saved
  std::string read_sum_;         ///< of the backup that was read whole in this life
};

}  // namespace unified::app
