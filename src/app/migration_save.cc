#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/migration_folder.h"
#include "app/migration_steps.h"
#include "app/restore_memory.h"
#include "app/stream_comparison.h"
#include "app/stream_reader.h"
#include "jetstream/api_answers.h"
#include "jetstream/bound.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "jetstream/migration_refusals.h"
#include "jetstream/parked_stream.h"
#include "jetstream/sealed_stream.h"
#include "os/stream_sync.h"

namespace unified::app {
namespace {

using jetstream::MigrationMethod;
using jetstream::MigrationPhase;
using jetstream::StreamSeen;
using nlohmann::json;

constexpr int kMostSnapshots = 4;

/// How often others may give it its subjects back.
constexpr int kMostParksAgain = 5;

}  // namespace

Migration::Failure Migration::park() {
  tell("taking its subjects away");
  if (journal_.parks > kMostParksAgain)
    return leave(fmt::format(
        "another program gave it its subjects back {} times while they were taken away: one that "
        "has the same manifest, such as a sidecar of an older release, or a client that updates "
        "its streams; stop it, and try again",
        journal_.parks));
  // Whatever it was changed to meanwhile is what stays.
  const std::vector<std::string> subjects = jetstream::subjects_of(config_now());
  const bool was_parked =
      journal_.parks > 0 ||
      std::ranges::find(subjects, jetstream::parked_subject(journal_.stream)) != subjects.end();
  journal_.from =
      was_parked ? jetstream::unparked_config(config_now(), journal_.from) : config_now();
  json to = journal_.from;
  for (const std::string& field : journal_.changed)
    to[field] = journal_.to[field];
  journal_.to = std::move(to);
  jetstream::MigrationJournal begun = journal_;
  begun.phase = MigrationPhase::kBegun;
  ++begun.parks;
  if (auto failure = enter(std::move(begun)))
    return failure;
  // Nothing but the request is between what is read and what is written.
  const json read = config_now();
  const auto seen = look();
  if (!seen)
    return seen.error();
  if (*seen == StreamSeen::kAbsent || config_now() != read) {
    --journal_.parks;
    return std::nullopt;
  }
  const auto parked =
      live().ask("STREAM.UPDATE." + journal_.stream, jetstream::parked_config(journal_.from));
  return parked ? sync_config() : parked.error();
}

/// Until nats-server does so itself its meta.inf may be empty after a power loss, and the stream is
/// not loaded then.
Migration::Failure Migration::sync_config() const {
  if (jetstream::text_at(config_now(), "storage") == "memory")
    return std::nullopt;
  const auto synced = os::sync_stream(around_.store_dir, journal_.stream);
  return synced ? Failure{} : TransferError{synced.error().message, true};
}

/// A limit that is too low for what is sealed would drop some of it where it is restored.
void Migration::admit_what_is_sealed() {
  const json state = info_.value("state", json::object());
  for (json* config : {&journal_.from, &journal_.to}) {
    for (const auto& [limit, counted] :
         {std::pair{"max_msgs", "messages"}, std::pair{"max_bytes", "bytes"}})
      if (const auto most = jetstream::int_at(*config, limit);
          most > 0 && most < jetstream::int_at(state, counted)) {
        (*config)[limit] = jetstream::int_at(state, counted);
        around_.log(
            fmt::format("migration of stream {}: {} is {} instead of {}: somebody raised it",
                        journal_.stream, limit, jetstream::int_at(state, counted), most));
      }
    if (config_now().contains("max_msgs_per_subject"))
      (*config)["max_msgs_per_subject"] = config_now()["max_msgs_per_subject"];
  }
}

Migration::Failure Migration::leave(std::string why) {
  jetstream::MigrationJournal back = journal_;
  back.failure = std::move(why);
  back.phase = MigrationPhase::kLeaving;
  return enter(std::move(back));
}

Migration::Failure Migration::save() {
  end_proof();  // it is that of the backup of before
  const bool sealed = journal_.phase == MigrationPhase::kSealed;
  if (!sealed && moves_ >= kMostSnapshots)
    return said_no("its consumers go on consuming: stop them first");
  tell("saving");
  if (sealed)
    admit_what_is_sealed();
  auto consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  const auto why = jetstream::refused_since(journal_, *consumers, around_.version);
  if (why && journal_.failure.empty())  // on the way back it is saved all the same
    return said_no(*why);
  const json before = jetstream::settled_state(info_);
  const std::string origin = created_now();
  Failure failure;
  const Conversation talk = live("saving", Counts::kBytes);
  const auto saved = files_.save([&](const MigrationFiles::Sink& sink) -> Result<json> {
    auto described = snapshot_stream(talk, journal_.stream, sink);
    if (!described) {
      failure = described.error();
      return Error{described.error().message};
    }
    return json{{"config", journal_.from},
                {"state", described->value("state", json::object())},
                {kFigures, {{"state", before}, {"origin", origin}, {"consumers", *consumers}}}};
  });
  if (failure)
    return failure;
  if (!saved)
    return said_no(saved.error().message);
  journal_.backup_bytes = saved->bytes;
  journal_.backup_sum = saved->sum;
  journal_.state = before;
  journal_.origin = origin;
  journal_.again = 0;
  journal_.moved_on = false;
  journal_.consumers = *std::move(consumers);
  return enter(sealed ? MigrationPhase::kSealedSaved : MigrationPhase::kSaved);
}

/// A stream in memory that ended with its server is in the backup, whether or not the journal knows
/// of that backup yet.
Migration::Failure Migration::find_backup() {
  auto found = files_.find_unrecorded(journal_);
  if (!found)
    return TransferError{found.error().message, true};
  searched_ = true;
  std::optional<jetstream::MigrationJournal> whole = *std::move(found);
  if (!whole)
    return std::nullopt;
  jetstream::MigrationJournal next = *std::move(whole);
  around_.log(
      fmt::format("migration of stream {}: a whole backup is there, of {} messages, which "
                  "was made right before the broker ended",
                  journal_.stream, jetstream::int_at(next.state, "messages")));
  if (next.phase == MigrationPhase::kBegun)
    next.phase = MigrationPhase::kSaved;
  else if (next.phase == MigrationPhase::kSealed)
    next.phase = MigrationPhase::kSealedSaved;
  return enter(std::move(next));
}

/// Asked while the stream is untouched but for its subjects: from here on it is either left as it
/// was, or replaced.
Migration::Failure Migration::admit_to_memory() const {
  const auto why =
      lacks_memory({.version = around_.version,
                    .stream_bytes = jetstream::int_at(journal_.state, "bytes"),
                    .restores = journal_.method == MigrationMethod::kRestore,
                    .into_memory = jetstream::text_at(journal_.to, "storage") == "memory"});
  return why ? Failure{said_no(*why)} : std::nullopt;
}

Migration::Failure Migration::prove() {
  if (journal_.phase == MigrationPhase::kSaved)
    if (auto failure = admit_to_memory())
      return failure;
  if (auto failure = restore_elsewhere())
    return failure;
  tell("comparing the backup with the stream");
  const auto copy = digest_backup();
  if (!copy)
    return copy.error();
  if (may_be_sealed(journal_.phase))
    return prove_sealed(*copy);
  const auto original = digest_original(*copy);
  if (!original)
    return original.error();
  const auto moved = moved_since();
  if (!moved)
    return moved.error();
  if (*moved)
    return enter(MigrationPhase::kBegun);
  if (*copy != *original)
    return said_no(fmt::format("the backup does not hold the same {} messages as the stream",
                               original->messages));
  const auto consumers = list_consumers(elsewhere(), journal_.stream);
  if (!consumers)
    return consumers.error();
  const auto loss = jetstream::consumer_loss(journal_.consumers, jetstream::settled(*consumers),
                                             journal_.method, false);
  if (loss && seen_ != StreamSeen::kAbsent)
    return said_no(
        fmt::format("the backup does not bring every consumer back: {} (what nats-server "
                    "says may be wrong until it begins anew: `restart`, and try again)",
                    *loss));
  journal_.digest = *copy;
  if (journal_.method == MigrationMethod::kRestore)
    end_proof();
  return enter(MigrationPhase::kProved);
}

Migration::Failure Migration::prove_sealed(const jetstream::StreamDigest& copy) {
  if (seen_ != StreamSeen::kAbsent) {
    const auto held =
        is_contained(live("reading the stream"), elsewhere(), journal_.stream, Times::kCount);
    if (!held)
      return held.error();
    if (!*held && ++bad_proofs_ >= kMostSnapshots) {
      step_ = jetstream::MigrationStep::kHandsOff;
      return said_no(fmt::format(
          "no backup holds every message of the stream, which is sealed: copy its messages into a "
          "stream of another name, and delete it; the last backup is in {}",
          files_.folder()));
    }
    if (!*held) {
      const auto failure = enter(MigrationPhase::kSealed);
      return failure ? failure : said_no("the backup does not hold every message of the stream");
    }
    const auto consumers = list_consumers(elsewhere(), journal_.stream);
    if (!consumers)
      return consumers.error();
    const auto loss = jetstream::consumer_loss(journal_.consumers, jetstream::settled(*consumers),
                                               journal_.method, false);
    if (loss && ++moves_ < kMostSnapshots)
      return enter(MigrationPhase::kSealed);
    journal_.moved_on = journal_.moved_on || loss;
  }
  journal_.digest = copy;
  return condemn();
}

Transfer<jetstream::StreamDigest> Migration::digest_backup() const {
  jetstream::DigestBuilder digest;
  const auto read = read_stream(elsewhere("reading the backup"), journal_.stream,
                                [&](const jetstream::StoredRecord& record) -> Transfer<void> {
                                  std::string why = refused_record(record, journal_);
                                  if (!why.empty() && journal_.failure.empty())
                                    return TransferError{std::move(why), false};
                                  digest.add(record);
                                  return {};
                                });
  if (!read)
    return read.error();
  return digest.digest();
}

Transfer<jetstream::StreamDigest> Migration::digest_original(
    const jetstream::StreamDigest& backup) const {
  if (seen_ != StreamSeen::kAbsent)
    return digest_stream(live("reading the stream"), journal_.stream);
  jetstream::StreamDigest counted = backup;
  counted.messages = static_cast<std::uint64_t>(jetstream::int_at(journal_.state, "messages"));
  return counted;
}

Migration::Failure Migration::restore_elsewhere() {
  if (proof_ && proof_->connection().connected())
    return std::nullopt;
  proof_.reset();
  tell("trying the backup out");
  auto server = ThrowawayServer::start({.binary = around_.server_binary,
                                        .folder = files_.proof_folder(),
                                        .module = *module_,
                                        .stopped = around_.signals.interrupted,
                                        .memory_limit = memory_for_proof()});
  if (!server)
    return TransferError{server.error().message, true};
  proof_ = *std::move(server);
  json config = jetstream::parked_config(journal_.from);
  config["storage"] = "file";    // a copy in memory would take the memory of the one that serves
  config["max_consumers"] = -1;  // one more: who reads it
  const auto restored = restore_stream(elsewhere("trying the backup out", Counts::kBytes), config,
                                       journal_.state, feed());
  if (!restored)
    proof_.reset();
  return restored ? Failure{} : restored.error();
}

Transfer<bool> Migration::moved_since() {
  if (seen_ == StreamSeen::kAbsent)
    return false;
  const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
  if (!info)
    return info.error();
  const auto consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  const bool moved =
      jetstream::settled_state(*info) != journal_.state || *consumers != journal_.consumers;
  moves_ += moved ? 1 : 0;
  return moved;
}

}  // namespace unified::app
