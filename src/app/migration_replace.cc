#include <algorithm>

#include <fmt/format.h>

#include "app/consumer_walk.h"
#include "app/migration_steps.h"
#include "app/stream_comparison.h"
#include "app/stream_loader.h"
#include "jetstream/api_answers.h"
#include "jetstream/fields.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"
#include "jetstream/sealed_stream.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::MigrationMethod;
using jetstream::MigrationPhase;
using jetstream::StreamSeen;
using jetstream::text_at;
using nlohmann::json;

constexpr int kMostBadReturns = 5;

bool is_limits(const json& config) {
  return text_at(config, "retention") == "limits";
}

}  // namespace

Migration::Failure Migration::replace() {
  if (journal_.phase != MigrationPhase::kReplacing) {  // nothing is left of what was in memory
    if (const auto synced = os::sync_file_system(files_.folder()); !synced)
      return TransferError{synced.error().message, true};
    if (auto failure = enter(MigrationPhase::kReplacing))
      return failure;
  }
  tell("replacing it");
  return place(journal_.to, journal_.method, MigrationPhase::kReplaced);
}

Migration::Failure Migration::put_back() {
  if (journal_.phase != MigrationPhase::kReturning)
    if (auto failure = enter(MigrationPhase::kReturning))
      return failure;
  tell("putting the old one back");
  return place(journal_.from, MigrationMethod::kRestore, MigrationPhase::kReturned);
}

Migration::Failure Migration::place(const json& config,
                                    MigrationMethod method,
                                    MigrationPhase placed) {
  if (seen_ == StreamSeen::kParked || seen_ == StreamSeen::kOpen)
    return judge_present(config, method, placed);
  if (seen_ == StreamSeen::kSealed && created_now() != journal_.condemned)
    return suspect();
  auto failure = seen_ == StreamSeen::kAbsent ? refuse_unloaded() : Failure{};
  if (!failure)
    failure = check_backup();
  if (!failure)
    failure = method == MigrationMethod::kLoad ? put_loaded() : put_restored(config);
  if (!failure)
    failure = complete_placed(config, method, placed);
  if (failure)
    return failure;
  end_proof();
  return enter(placed);
}

/// nats-server's RESTORE removes the folder of a stream that it has not loaded (2.9 to 2.15). What
/// was compared before was moved away before the server started (clear_the_way).
Migration::Failure Migration::refuse_unloaded() {
  if (deleted_here_)
    return std::nullopt;
  const auto folder = files_.stream_folder();
  if (!folder)
    return TransferError{folder.error().message, true};
  if (folder->empty())
    return std::nullopt;
  step_ = jetstream::MigrationStep::kHandsOff;
  return said_no(
      fmt::format("nats-server has not loaded what is in {}, and putting the backup in its place "
                  "would remove it: mend it or move it away, and begin anew (`restart`)",
                  *folder));
}

Migration::Failure Migration::judge_present(const json& config,
                                            MigrationMethod method,
                                            MigrationPhase placed) {
  auto failure = complete_placed(config, method, placed);
  if (!failure) {
    end_proof();
    return enter(placed);
  }
  if (failure->broken)
    return failure;
  const auto held = how_much_is_held();
  if (!held)
    return held.error();
  if (*held != Held::kOther)
    return suspect();
  step_ = jetstream::MigrationStep::kHandsOff;
  return said_no(hands_off(seen_));
}

Migration::Failure Migration::complete_placed(const json& config,
                                              MigrationMethod method,
                                              MigrationPhase placed) {
  auto failure = complete(config, method);
  const bool bears = placed == MigrationPhase::kReturned && failure && !failure->broken &&
                     messages_there_ && ++bad_returns_ >= kMostBadReturns;
  if (!bears)
    return failure;
  // A consumer again and again: better the old messages, with a word, than no stream for ever.
  journal_.keep_backup = true;
  journal_.failure += fmt::format("; it was put back, but for this: {}", failure->message);
  return std::nullopt;
}

Migration::Failure Migration::check_backup() {
  if (read_sum_ == journal_.backup_sum && !read_sum_.empty())
    return std::nullopt;
  tell("reading the backup");
  const auto whole = files_.load(journal_, [this](std::string_view) {
    return around_.signals.interrupted ? Result<void>{Error{"asked to stop"}} : Result<void>{};
  });
  if (whole) {
    read_sum_ = journal_.backup_sum;
    files_.remove_half_made();  // the room is needed
    return std::nullopt;
  }
  if (around_.signals.interrupted)
    return TransferError{"asked to stop", true};
  step_ = jetstream::MigrationStep::kHandsOff;
  return said_no(whole.error().message +
                 "; nothing is deleted until a person has put it right; what was there before is "
                 "in half-made-* beside it, or still in place");
}

Migration::Failure Migration::remove_condemned() {
  const auto seen = look();
  if (!seen)
    return seen.error();
  if (*seen == StreamSeen::kAbsent)
    return std::nullopt;
  if (*seen != StreamSeen::kSealed || created_now() != journal_.condemned)
    return TransferError{"another stream of its name is there now", true};
  const json state = info_.value("state", json::object());
  if (jetstream::is_fed(config_now()) ||
      int_at(state, "last_seq") > int_at(journal_.state, "last_seq")) {
    const auto failure = suspect();
    return failure ? failure
                   : TransferError{"it took messages although it is sealed: compared again", true};
  }
  const auto left = int_at(state, "messages");
  if (!is_limits(journal_.from))
    journal_.again = static_cast<std::int64_t>(journal_.digest.messages) - left;
  const auto removed = live().ask("STREAM.DELETE." + journal_.stream, nullptr);
  deleted_here_ = deleted_here_ || removed.ok();
  return removed ? Failure{} : removed.error();
}

Migration::Failure Migration::put_restored(const json& config) {
  end_proof();  // its memory is needed
  if (auto failure = remove_condemned())
    return failure;
  const auto restored = restore_stream(live("restoring", Counts::kBytes),
                                       jetstream::parked_config(config), journal_.state, feed());
  return restored ? Failure{} : restored.error();
}

Migration::Failure Migration::put_loaded() {
  if (auto failure = restore_elsewhere())
    return failure;
  if (auto failure = remove_condemned())
    return failure;
  const auto loaded = load_stream(elsewhere(), live("loading"), journal_);
  if (!loaded)
    return loaded.error();
  if (*loaded != journal_.digest)
    return said_no("what was loaded is not what was proved");
  return std::nullopt;
}

Migration::Failure Migration::complete(const json& config, MigrationMethod method) {
  tell("comparing what is there now");
  if (auto failure = compare_config(config))
    return failure;
  messages_there_ = false;
  // Somebody may have given it its subjects already: what comes after the backup's is new.
  const auto last = static_cast<std::uint64_t>(int_at(journal_.state, "last_seq"));
  const auto digest = digest_up_to(live("reading what is there now"), journal_.stream, last);
  if (!digest)
    return digest.error();
  auto consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  const bool same = method == MigrationMethod::kRestore
                        ? *digest == journal_.digest
                        : digest->content == journal_.digest.content &&
                              digest->messages == journal_.digest.messages;
  // Its consumers take messages out of it as soon as it is there again.
  const bool consumed = !is_limits(config) && digest->messages <= journal_.digest.messages &&
                        jetstream::have_moved_on(journal_.consumers, *consumers);
  if (!same && !consumed)
    return said_no(fmt::format("{} of {} messages are there, or they are not the same",
                               digest->messages, journal_.digest.messages));
  if (!same) {
    journal_.keep_backup = true;
    around_.log(fmt::format("stream {} was consumed from while it was compared: the backup is kept",
                            journal_.stream));
  }
  messages_there_ = true;
  if (auto failure = make_missing_consumers(method))
    return failure;
  consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  if (const auto loss = jetstream::consumer_loss(journal_.consumers, *consumers, method, true))
    return said_no(*loss);
  // nats-server itself writes to the disk only every minute or two, and the backup is about to go.
  const auto synced = os::sync_file_system(around_.store_dir);
  return synced ? Failure{} : said_no(synced.error().message);
}

Migration::Failure Migration::compare_config(const json& config) {
  const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
  if (!info)
    return info.error();
  journal_.created = text_at(*info, "created");
  const json now = info->value("config", json::object());
  for (const std::string& field : journal_.changed)
    if (const jetstream::Field* known = jetstream::find_field(field);
        known != nullptr && value_in(*known, now) != value_in(*known, config))
      return said_no(fmt::format("nats-server says OK and keeps {} as it is", field));
  return std::nullopt;
}

Migration::Failure Migration::make_missing_consumers(MigrationMethod method) {
  const auto present = consumers_now(live());
  if (!present)
    return present.error();
  for (const json& consumer : journal_.consumers) {
    const bool there = std::ranges::any_of(*present, [&](const json& one) {
      return text_at(one, "name") == text_at(consumer, "name");
    });
    const bool durable = !text_at(consumer.value("config", json::object()), "durable_name").empty();
    if (there || !durable || !jetstream::is_made_anew(consumer, method))
      continue;
    const auto made = walk_consumer(live(), journal_.stream, consumer, floor_of(consumer));
    if (!made)
      return made.error();
  }
  return std::nullopt;
}

}  // namespace unified::app
