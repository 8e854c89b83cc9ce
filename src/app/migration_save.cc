#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/migration_steps.h"
#include "app/stream_reader.h"
#include "jetstream/api_answers.h"
#include "jetstream/bound.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "jetstream/migration_refusals.h"
#include "jetstream/parked_stream.h"

namespace unified::app {
namespace {

using jetstream::MigrationMethod;
using jetstream::MigrationPhase;
using jetstream::StreamSeen;
using nlohmann::json;

constexpr int kMostSnapshots = 4;

/// The state of a stream without what its consumers and the clock change.
json settled_state(const json& info) {
  const json state = info.value("state", json::object());
  json settled = json::object();
  for (const char* key : {"messages", "bytes", "first_seq", "last_seq", "num_deleted"})
    settled[key] = jetstream::int_at(state, key);
  return settled;
}

}  // namespace

Migration::Failure Migration::park() {
  tell("taking its subjects away");
  // Whatever it was changed to meanwhile is what stays. (Somebody may have given it its subjects
  // beside ours, and its age is not its own then.)
  const std::vector<std::string> subjects = jetstream::subjects_of(config_now());
  if (std::ranges::find(subjects, jetstream::parked_subject(journal_.stream)) == subjects.end()) {
    journal_.from = config_now();
    json to = journal_.from;
    for (const std::string& field : journal_.changed)
      to[field] = journal_.to[field];
    journal_.to = std::move(to);
  }
  if (auto failure = enter(MigrationPhase::kBegun))
    return failure;
  const auto parked =
      live().ask("STREAM.UPDATE." + journal_.stream, jetstream::parked_config(journal_.from));
  return parked ? Failure{} : parked.error();
}

Migration::Failure Migration::save() {
  end_proof();  // it is that of the backup of before
  if (moves_ >= kMostSnapshots)
    return said_no("its consumers go on consuming: stop them first");
  tell("saving");
  auto consumers = consumers_now(live());
  if (!consumers)
    return consumers.error();
  if (const auto why = jetstream::refused_since(journal_, *consumers, around_.version))
    return said_no(*why);
  const json before = settled_state(info_);
  Failure failure;
  const Conversation talk = live("saving", Counts::kBytes);
  const auto saved = files_.save([&](const MigrationFiles::Sink& sink) -> Result<json> {
    auto described = snapshot_stream(talk, journal_.stream, sink);
    if (!described) {
      failure = described.error();
      return Error{described.error().message};
    }
    return json{{"config", journal_.from}, {"state", described->value("state", json::object())}};
  });
  if (failure)
    return failure;
  if (!saved)
    return said_no(saved.error().message);
  journal_.backup_bytes = saved->bytes;
  journal_.backup_sum = saved->sum;
  journal_.state = before;
  journal_.consumers = *std::move(consumers);
  return enter(MigrationPhase::kSaved);
}

Migration::Failure Migration::prove() {
  if (auto failure = restore_elsewhere())
    return failure;
  tell("comparing the backup with the stream");
  const auto copy = digest_backup();
  if (!copy)
    return copy.error();
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

Transfer<jetstream::StreamDigest> Migration::digest_backup() const {
  jetstream::DigestBuilder digest;
  const auto read =
      read_stream(elsewhere("reading the backup"), journal_.stream,
                  [&](const jetstream::StoredRecord& record) -> Transfer<void> {
                    if (std::string why = refused_record(record, journal_); !why.empty())
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
                                        .stopped = around_.stopped});
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
  const bool moved = settled_state(*info) != journal_.state || *consumers != journal_.consumers;
  moves_ += moved ? 1 : 0;
  return moved;
}

}  // namespace unified::app
