#include <algorithm>

#include <fmt/format.h>

#include "app/consumer_walk.h"
#include "app/migration_steps.h"
#include "app/stream_loader.h"
#include "app/stream_reader.h"
#include "jetstream/api_answers.h"
#include "jetstream/fields.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

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
  if (journal_.phase == MigrationPhase::kProved) {
    const auto moved = moved_since();
    if (!moved)
      return moved.error();
    touched_ = touched_ || seen_ == StreamSeen::kAbsent;  // nothing of the original is left
    if (const auto synced = os::sync_file_system(files_.folder()); !synced)
      return TransferError{synced.error().message, true};
    if (auto failure = enter(*moved ? MigrationPhase::kBegun : MigrationPhase::kReplacing);
        failure || *moved)
      return failure;
  }
  tell("replacing it");
  auto failure = journal_.method == MigrationMethod::kLoad ? place_by_loading()
                                                           : place_by_restoring(journal_.to);
  if (journal_.phase == MigrationPhase::kBegun)  // the original is there and not as it was saved
    return failure;
  if (!failure)
    failure = complete(journal_.to, journal_.method);
  if (failure)
    return failure;
  end_proof();
  return enter(MigrationPhase::kReplaced);
}

Migration::Failure Migration::put_back() {
  tell("putting the old one back");
  end_proof();
  auto failure = place_by_restoring(journal_.from);
  if (failure)
    return failure;
  failure = complete(journal_.from, MigrationMethod::kRestore);
  if (failure && !failure->broken && messages_there_ && ++bad_returns_ >= kMostBadReturns) {
    // A consumer again and again: better the old messages, with a word, than no stream for ever.
    journal_.keep_backup = true;
    journal_.failure += fmt::format("; it was put back, but for this: {}", failure->message);
    failure.reset();
  }
  return failure ? failure : enter(MigrationPhase::kReturned);
}

Migration::Failure Migration::check_backup() {
  tell("reading the backup");
  const auto whole = files_.load(journal_, [this](std::string_view) {
    return around_.stopped ? Result<void>{Error{"asked to stop"}} : Result<void>{};
  });
  if (whole) {
    files_.remove_half_made();  // the room is needed
    return std::nullopt;
  }
  if (around_.stopped)
    return TransferError{"asked to stop", true};
  if (!touched_)
    return enter(MigrationPhase::kBegun);
  step_ = jetstream::MigrationStep::kHandsOff;
  return said_no(whole.error().message +
                 "; nothing is deleted until a person has put it right; what was there before is "
                 "in half-made-* beside it, or still in place");
}

Migration::Failure Migration::remove_present() {
  if (auto failure = check_backup(); failure || journal_.phase == MigrationPhase::kBegun)
    return failure;
  const auto seen = look();
  if (!seen)
    return seen.error();
  if (*seen == StreamSeen::kAbsent)
    return std::nullopt;
  if (*seen == StreamSeen::kOpen) {
    step_ = jetstream::MigrationStep::kHandsOff;
    return said_no(hands_off(*seen));
  }
  if (!touched_) {
    // Nobody may have acknowledged anything since it was saved: that would be undone.
    const auto moved = moved_since();
    if (!moved)
      return moved.error();
    if (*moved)
      return enter(MigrationPhase::kBegun);
  }
  touched_ = true;
  const auto removed = live().ask("STREAM.DELETE." + journal_.stream, nullptr);
  return removed ? Failure{} : removed.error();
}

Migration::Failure Migration::place_by_restoring(const json& config) {
  if (auto failure = remove_present(); failure || journal_.phase == MigrationPhase::kBegun)
    return failure;
  touched_ = true;
  const auto restored = restore_stream(live("restoring", Counts::kBytes),
                                       jetstream::parked_config(config), journal_.state, feed());
  return restored ? Failure{} : restored.error();
}

Migration::Failure Migration::place_by_loading() {
  if (auto failure = restore_elsewhere())
    return failure;
  if (auto failure = remove_present(); failure || journal_.phase == MigrationPhase::kBegun)
    return failure;
  touched_ = true;
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
  const auto digest = digest_stream(live("reading what is there now"), journal_.stream);
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
