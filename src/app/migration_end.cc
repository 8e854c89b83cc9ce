#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/migration_steps.h"
#include "jetstream/api_answers.h"
#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::MigrationPhase;
using jetstream::MigrationStep;
using jetstream::StreamSeen;
using jetstream::text_at;
using nlohmann::json;
using End = MigrationOutcome::End;

/// The sentences that tell what the stream's clients see of the migration.
std::vector<std::string> words_at_end(const jetstream::MigrationJournal& journal) {
  const bool was_put_in_place =
      journal.phase == MigrationPhase::kReplaced || journal.phase == MigrationPhase::kReturned;
  std::vector<std::string> words;
  if (was_put_in_place && !journal.failure.empty())
    words.emplace_back(
        "it had been sealed already, and was deleted and restored from the proved backup in its "
        "old configuration");
  if (was_put_in_place && journal.again > 0)
    words.push_back(
        fmt::format("{} messages acknowledged after the save come again", journal.again));
  else if (was_put_in_place && journal.moved_on)
    words.emplace_back("what its consumers acknowledged after the save comes again");
  return words;
}

}  // namespace

Migration::Failure Migration::open(const json& config) {
  tell("giving it its subjects");
  const bool was_replaced =
      journal_.phase == MigrationPhase::kReplaced || journal_.phase == MigrationPhase::kReturned;
  // One in memory does not outlive its server, and a file's `created` may change with it.
  const bool another = text_at(config, "storage") == "memory" && !journal_.created.empty() &&
                       text_at(info_, "created") != journal_.created;
  if (was_replaced && another) {
    // Somebody made it after its server had ended; nothing of his is touched.
    step_ = MigrationStep::kHandsOff;
    return said_no(hands_off(seen_));
  }
  if (was_replaced &&
      int_at(info_.value("state", json::object()), "last_seq") < int_at(journal_.state, "last_seq"))
    return begin_again(config);
  // A stream that was loaded has limits of its own until now: it gets the whole configuration.
  const bool is_loaded = journal_.phase == MigrationPhase::kReplaced &&
                         journal_.method == jetstream::MigrationMethod::kLoad;
  const json wanted = is_loaded ? config : jetstream::unparked_config(config_now(), config);
  const json opened = jetstream::opened_config(wanted, config_now());
  if (opened != config_now())
    if (const auto updated = live().ask("STREAM.UPDATE." + journal_.stream, opened); !updated)
      return updated.error();
  // The journal is about to go: the subjects are on the disk before.
  if (const auto synced = os::sync_file_system(around_.store_dir); !synced)
    return TransferError{synced.error().message, true};
  return finish();
}

Migration::Failure Migration::begin_again(const json& config) {
  if (text_at(config, "storage") != "memory" || !jetstream::is_parked(config_now())) {
    step_ = MigrationStep::kHandsOff;
    return said_no(hands_off(seen_));
  }
  return enter(journal_.phase == MigrationPhase::kReplaced ? MigrationPhase::kReplacing
                                                           : MigrationPhase::kReturning);
}

Migration::Failure Migration::finish() {
  step_ = MigrationStep::kFinish;
  end_proof();
  // One in memory ends with its server, maybe before anybody has heard that it was moved.
  const bool in_memory = journal_.failure.empty() && text_at(journal_.to, "storage") == "memory";
  const auto kept = files_.forget(journal_, journal_.keep_backup || in_memory);
  if (!kept)
    return said_no(kept.error().message);
  std::string message = journal_.failure;
  for (const std::string& word : words_at_end(journal_))
    message += (message.empty() ? "" : "; ") + word;
  if (!kept->empty())
    message += (message.empty() ? "the backup is in " : "; the backup is in ") + *kept;
  outcome_ = {journal_.failure.empty() ? End::kDone : End::kRefused, std::move(message)};
  return std::nullopt;
}

Migration::Failure Migration::give_up_gone() {
  step_ = MigrationStep::kFinish;
  end_proof();
  const bool saved = files_.has_backup();
  const auto kept = files_.forget(journal_, saved);
  if (!kept)
    return said_no(kept.error().message);
  outcome_ = {End::kGone, "it was in memory, and its server ended before "};
  outcome_->message +=
      saved ? fmt::format("it was replaced; a backup is in {} (`nats stream restore`)", *kept)
            : "it was saved: its messages are gone, as after every restart of nats-server";
  return std::nullopt;
}

void Migration::end_proof() {
  proof_.reset();
  files_.remove_proof();
}

}  // namespace unified::app
