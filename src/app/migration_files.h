#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "jetstream/migration_journal.h"

namespace unified::app {

/// What a migration keeps on disk: STORE_DIR/unified-migration/stream-NAME/ with journal.json, the
/// backup as `nats stream backup` writes it (backup.json, stream.tar.s2) and proof/, the store of
/// the server that proves it. (Not NAME itself: a folder with a folder `streams` in it is an
/// account to nats-server, and is moved.) Every function blocks on the disk.
class MigrationFiles {
 public:
  MigrationFiles(const std::string& store_dir, const std::string& stream);

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string proof_folder() const { return folder_ + "/proof"; }

  /// Before the first write(): what a migration of before left here without a journal gets a name
  /// of its own, so that this one does not replace it. One that is not over is an error.
  [[nodiscard]] Result<void> prepare() const;
  /// Returns when it is on the disk.
  [[nodiscard]] Result<void> write(const jetstream::MigrationJournal& journal) const;

  struct Saved {
    std::int64_t bytes = 0;
    std::string sum;
  };
  /// `fill` is given where to put the data and returns what belongs into backup.json beside it;
  /// what it has under kFigures gets the data's size and sum, too. Returns when both are on the
  /// disk; the data of before is replaced last.
  using Sink = std::function<Result<void>(std::string_view piece)>;
  [[nodiscard]] Result<Saved> save(
      const std::function<Result<nlohmann::json>(const Sink& sink)>& fill) const;

  /// The data in pieces, an error at its end when it is not what `journal` says was saved: then the
  /// last piece is not given out.
  [[nodiscard]] Result<void> load(const jetstream::MigrationJournal& journal,
                                  const Sink& sink) const;

  /// `journal` with the figures of a whole backup that it does not tell of: we were killed after it
  /// was written and before the journal was. Nothing: there is none.
  [[nodiscard]] Result<std::optional<jetstream::MigrationJournal>> find_unrecorded(
      const jetstream::MigrationJournal& journal) const;

  void remove_proof() const;
  /// What clear_the_way() put here: half of what the backup has whole. A folder that may be
  /// anything else stays.
  void remove_half_made() const;
  [[nodiscard]] bool has_half_made() const;
  [[nodiscard]] bool has_backup() const;
  /// The folder in the store in which nats-server has the stream; empty: it has none there.
  [[nodiscard]] Result<std::string> stream_folder() const;
  /// The migration is over: nothing is left, or the backup under `stream-NAME-DATE-N`, whose path
  /// is returned (`keep`, or something is beside it that may be the only copy).
  [[nodiscard]] Result<std::string> forget(const jetstream::MigrationJournal& journal,
                                           bool keep) const;
  /// Nobody has obeyed the journal of the first write(), which may not even be there.
  [[nodiscard]] Result<void> withdraw() const;

 private:
  [[nodiscard]] Result<Saved> write_backup(
      const std::function<Result<nlohmann::json>(const Sink& sink)>& fill) const;
  [[nodiscard]] Result<void> remove_journal() const;
  [[nodiscard]] Result<void> load_from(const std::string& path,
                                       const jetstream::MigrationJournal& journal,
                                       const Sink& sink) const;

  std::string store_dir_;
  std::string stream_;
  std::string folder_;
};

}  // namespace unified::app
