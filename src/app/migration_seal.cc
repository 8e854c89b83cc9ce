#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/migration_steps.h"
#include "app/stream_comparison.h"
#include "jetstream/api_answers.h"
#include "jetstream/migration.h"
#include "jetstream/migration_refusals.h"
#include "jetstream/parked_stream.h"
#include "jetstream/sealed_stream.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

using jetstream::MigrationMethod;
using jetstream::MigrationPhase;
using jetstream::SealedVerdict;
using jetstream::StreamSeen;

std::uint64_t last_sequence(const jetstream::MigrationJournal& journal) {
  return static_cast<std::uint64_t>(jetstream::int_at(journal.state, "last_seq"));
}

}  // namespace

Migration::Failure Migration::seal() {
  tell("sealing it");
  const bool was_sent = journal_.seal_sent;
  if (journal_.phase == MigrationPhase::kProved) {
    const auto moved = moved_since();
    if (!moved)
      return moved.error();
    if (*moved)
      return enter(MigrationPhase::kBegun);
    // Its configuration may have been changed since it was asked for.
    if (std::string why = jetstream::refused_stream(config_now(), false); !why.empty())
      return said_no(std::move(why));
    if (const auto synced = os::sync_file_system(files_.folder()); !synced)
      return TransferError{synced.error().message, true};
    jetstream::MigrationJournal sealing = journal_;
    sealing.seal_sent = true;
    sealing.phase = MigrationPhase::kSealing;
    if (auto failure = enter(std::move(sealing)))
      return failure;
    const auto seen = look();
    if (!seen)
      return seen.error();
    if (*seen != StreamSeen::kParked) {  // somebody gave it its subjects back
      journal_.seal_sent = was_sent;
      return std::nullopt;
    }
  }
  const auto sealed =
      live().ask("STREAM.UPDATE." + journal_.stream, jetstream::sealed_config(config_now()));
  if (sealed)
    return sync_config();
  if (!sealed.error().broken)
    journal_.seal_sent = was_sent;  // the server has said no to this one; another may still come
  return sealed.error();
}

Migration::Failure Migration::compare() {
  tell("comparing what is sealed with the backup");
  if (jetstream::is_fed(config_now()))
    return seal();
  const bool is_the_one_saved = !journal_.ours && created_now() == journal_.origin;
  if (is_the_one_saved)
    return compare_state();
  return compare_messages();
}

Migration::Failure Migration::compare_state() {
  const auto whole = files_.load(journal_, [this](std::string_view) {
    return around_.signals.interrupted ? Result<void>{Error{"asked to stop"}} : Result<void>{};
  });
  if (around_.signals.interrupted)
    return TransferError{"asked to stop", true};
  if (!whole)
    return save_again(whole.error().message);
  read_sum_ = journal_.backup_sum;
  const auto consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  const nlohmann::json state = jetstream::settled_state(info_);
  switch (judge_sealed(journal_, state, *consumers)) {
    case SealedVerdict::kSaveAgain:
      return save_again("it changed between the save and the moment at which it was sealed");
    case SealedVerdict::kMoved:
      journal_.moved_on = true;
      journal_.again =
          jetstream::int_at(journal_.state, "messages") - jetstream::int_at(state, "messages");
      break;
    case SealedVerdict::kHeld:
      break;
  }
  return condemn();
}

Migration::Failure Migration::compare_messages() {
  if (auto failure = check_backup())
    return failure;
  const auto held = how_much_is_held();
  if (!held)
    return held.error();
  switch (*held) {
    case Held::kAll:
      return condemn();
    case Held::kNotTheLast:
      return save_again("it holds more than the backup");
    case Held::kOther:
      // Its `created` may have changed with a restart of nats-server.
      if (!journal_.ours)
        return save_again("it changed before it was sealed");
      break;
  }
  step_ = jetstream::MigrationStep::kHandsOff;
  return said_no(fmt::format(
      "what is there now holds messages that the backup does not hold, and lacks some that it "
      "holds: nothing is deleted; it is sealed, copy its messages into a stream of another name "
      "and delete it, then it goes on; the backup is in {}",
      files_.folder()));
}

Migration::Failure Migration::save_again(const std::string& why) {
  around_.log(
      fmt::format("migration of stream {}: it is saved again, sealed: {}", journal_.stream, why));
  jetstream::MigrationJournal again = journal_;
  again.phase = MigrationPhase::kSealed;
  again.ours = false;
  return enter(std::move(again));
}

Migration::Failure Migration::condemn() {
  jetstream::MigrationJournal next = journal_;
  next.condemned = seen_ == StreamSeen::kAbsent ? std::string{} : created_now();
  next.ours = false;
  next.phase = next.failure.empty() ? MigrationPhase::kReplacing : MigrationPhase::kReturning;
  return enter(std::move(next));
}

Migration::Failure Migration::suspect() {
  jetstream::MigrationJournal next = journal_;
  next.ours = true;
  next.condemned.clear();
  next.phase = MigrationPhase::kSealing;
  return enter(std::move(next));
}

Transfer<Migration::Held> Migration::how_much_is_held() {
  if (auto failure = restore_elsewhere())
    return *failure;
  const auto times = journal_.method == MigrationMethod::kLoad ? Times::kIgnored : Times::kCount;
  const auto contained =
      is_contained(live("reading what is there now"), elsewhere(), journal_.stream, times);
  if (!contained)
    return contained.error();
  if (*contained)
    return Held::kAll;
  const auto digest =
      digest_up_to(live("reading what is there now"), journal_.stream, last_sequence(journal_));
  if (!digest)
    return digest.error();
  const bool same = digest->content == journal_.digest.content &&
                    digest->messages == journal_.digest.messages &&
                    (times == Times::kIgnored || digest->times == journal_.digest.times);
  return same ? Held::kNotTheLast : Held::kOther;
}

}  // namespace unified::app
