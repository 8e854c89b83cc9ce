#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "api/control_server.h"
#include "app/pending_migrations.h"
#include "app/provisioner.h"
#include "app/worker.h"
#include "jetstream/migration.h"
#include "observe/log.h"

namespace unified::app {

struct MigrationShared;

/// Streams that are moved to another configuration, one after the other, on a thread of their own.
/// While one is, the provisioner is held and we are not ready. Reactor thread only; never destroyed
/// while its thread runs (drain()).
class Migrator {
 public:
  struct Parts {
    boost::asio::any_io_executor reactor;
    Worker& worker;
    Provisioner& provisioner;
    observe::Log& log;
    std::string server_binary;
    bool encrypted = false;        ///< the store is
    std::int64_t max_memory = -1;  ///< of the server; negative: it chooses
    std::function<void()> on_end;  ///< none is under way any more
  };
  explicit Migrator(Parts parts);

  /// Those of the life before. One whose journal can't be read holds everything until a person has
  /// looked.
  void resume(std::vector<PendingMigration> pending);

  void server_ready();
  void server_gone();
  /// The one under way gives way at once; the next start goes on with it.
  void stop();
  /// Blocks until its thread has ended, at most `patience`.
  void drain(std::chrono::milliseconds patience);

  /// Why nothing else may be changed now; empty: none is under way.
  [[nodiscard]] const std::string& busy() const { return busy_; }

  /// POST /migrate `{"stream","keep_backup","dry_run"}` -> the plan, begun (202) or only shown
  /// (200); GET /migration -> how it goes, or how the last one went; POST /migration/cancel
  /// `{"stream"}` -> the one under way brings the old configuration back (202).
  std::vector<api::Route> routes();

 private:
  boost::asio::awaitable<api::Response> migrate(api::Request request);
  /// Runs the migration of that journal, whose plan is `answer`; nothing else is under way.
  boost::asio::awaitable<api::Response> begin(jetstream::MigrationJournal journal,
                                              nlohmann::json answer);
  [[nodiscard]] api::Response cancel(const api::Request& request);
  void request_cancel();
  /// A cancel that was asked for before is not for the migration that begins now.
  void forget_cancel();
  boost::asio::awaitable<Result<jetstream::MigrationPlan>> plan(std::string stream);
  boost::asio::awaitable<Result<std::vector<nlohmann::json>>> consumers(std::string stream);
  boost::asio::awaitable<Result<std::int64_t>> memory_used();
  [[nodiscard]] std::optional<std::string> missing_memory(
      const jetstream::MigrationPlan& planned) const;
  boost::asio::awaitable<std::optional<std::string>> missing_room(std::int64_t needed);
  /// Returns when no journal of it is on the disk, or we stop.
  boost::asio::awaitable<void> forget(std::string stream);
  boost::asio::awaitable<Result<void>> prepare(std::string stream);
  boost::asio::awaitable<Result<void>> write_journal(jetstream::MigrationJournal journal);
  [[nodiscard]] api::Response progress() const;
  void next();
  void run(const jetstream::MigrationJournal& journal);
  void told(const std::string& step);
  void wait_for_person(const std::string& reason, bool is_new);
  void ended(const std::string& end, const std::string& message);

  Parts parts_;
  std::shared_ptr<MigrationShared> shared_;
  std::vector<PendingMigration> pending_;  ///< not begun again yet
  std::string busy_;
  bool stopping_ = false;
  std::string stream_;  ///< of the one under way, or the last one
  std::string step_;
  std::string waiting_;  ///< what a person has to do before it goes on
  std::string outcome_;  ///< of the last one: done, refused, gone
  std::string message_;
};

}  // namespace unified::app
