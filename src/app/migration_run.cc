#include "app/migration_run.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/migration_steps.h"
#include "app/stream_reader.h"
#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"

namespace unified::app {
namespace {

using jetstream::MigrationPhase;
using jetstream::MigrationStep;
using jetstream::StreamSeen;
using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using End = MigrationOutcome::End;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};
constexpr milliseconds kStopLook{50};
constexpr int kMostBreaks = 5;

/// Whether a step that succeeded in this phase may be followed by the failure of before: what was
/// put in place and is not whole is sealed, compared, deleted and put in place again.
bool goes_round(MigrationPhase phase) {
  return phase == MigrationPhase::kSealing || phase == MigrationPhase::kReplacing ||
         phase == MigrationPhase::kReturning;
}

/// Whether a whole backup may be on the disk that a journal in this phase does not know of yet.
bool is_saved_in(MigrationPhase phase) {
  return phase == MigrationPhase::kBegun || phase == MigrationPhase::kSealed ||
         phase == MigrationPhase::kLeaving;
}

}  // namespace

MigrationOutcome Migration::run() {
  auto module = nats::Module::open();
  if (!module)
    return {End::kStopped, module.error().message};
  module_ = *std::move(module);
  milliseconds pause = kFirstPause;
  while (!around_.signals.stopped) {
    auto failure = hear_cancel();
    if (!failure)
      failure = advance();
    if (outcome_)
      return *outcome_;
    if (!failure) {
      if (!goes_round(journal_.phase)) {
        pause = kFirstPause;
        breaks_ = 0;
      }
      continue;
    }
    if (around_.signals.stopped)
      break;
    if (around_.signals.interrupted)  // it was cancelled, and failed for that
      continue;
    settle(*failure);
    rest(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  return {End::kStopped, {}};
}

Migration::Failure Migration::hear_cancel() {
  if (!around_.signals.cancelled)
    return std::nullopt;
  around_.signals.interrupted = false;
  if (around_.signals.stopped)  // it came in between
    around_.signals.interrupted = true;
  if (unwritten_)  // nobody knows what is on the disk: that first
    return std::nullopt;
  around_.signals.cancelled = false;
  const bool too_late = journal_.phase == MigrationPhase::kReplaced;
  const bool goes_back = !journal_.failure.empty();
  if (too_late || goes_back) {
    around_.log(fmt::format("migration of stream {}: not cancelled, {}", journal_.stream,
                            goes_back ? "it goes back already" : "the new stream is in place"));
    return std::nullopt;
  }
  step_ = MigrationStep::kPark;  // whatever was under way is over
  return said_no("it was cancelled");
}

Migration::Failure Migration::advance() {
  if (unwritten_)
    return enter(jetstream::MigrationJournal{*unwritten_});
  if (!connection_ || !connection_->connected())
    if (auto failure = connect())
      return failure;
  step_ = MigrationStep::kHandsOff;  // as long as nobody knows
  const auto seen = look();
  if (!seen)
    return seen.error();
  const bool was_in_memory = jetstream::text_at(journal_.from, "storage") == "memory";
  if (*seen == StreamSeen::kAbsent && was_in_memory && !searched_ && is_saved_in(journal_.phase))
    return find_backup();
  step_ = next_step(journal_, *seen);
  const bool was_in_place =
      journal_.phase == MigrationPhase::kReplaced || journal_.phase == MigrationPhase::kReturned;
  if (step_ == MigrationStep::kHandsOff && *seen == StreamSeen::kAbsent && was_in_place &&
      files_.has_half_made())
    return again();  // its server ended while the journal was written, and it was moved away
  switch (step_) {
    case MigrationStep::kPark:
      return park();
    case MigrationStep::kSave:
      return save();
    case MigrationStep::kProve:
      return prove();
    case MigrationStep::kSeal:
      return seal();
    case MigrationStep::kCompare:
      return compare();
    case MigrationStep::kSaveLate:
      return save_again("our request to seal it was carried out after its answer had been lost");
    case MigrationStep::kReplace:
      return replace();
    case MigrationStep::kOpen:
      return open(journal_.to);
    case MigrationStep::kReturn:
      return put_back();
    case MigrationStep::kReopen:
      return open(journal_.from);
    case MigrationStep::kLeave:
      return enter(MigrationPhase::kLeaving);
    case MigrationStep::kRefuse:
      return said_no("somebody sealed it meanwhile, which can't be undone");
    case MigrationStep::kFinish:
      return finish();
    case MigrationStep::kGone:
      return give_up_gone();
    case MigrationStep::kHandsOff:
      break;
  }
  return said_no(hands_off(*seen));
}

Migration::Failure Migration::again() {
  const bool forward = journal_.phase == MigrationPhase::kReplaced;
  return enter(forward ? MigrationPhase::kReplacing : MigrationPhase::kReturning);
}

void Migration::settle(const TransferError& failure) {
  if (!unwritten_)
    connection_.reset();
  tell(fmt::format("waiting after: {}", failure.message));
  const bool before = journal_.phase == MigrationPhase::kBegun ||
                      journal_.phase == MigrationPhase::kSaved ||
                      journal_.phase == MigrationPhase::kProved;
  const bool sealed = may_be_sealed(journal_.phase);
  const bool after =
      journal_.phase == MigrationPhase::kReplacing || journal_.phase == MigrationPhase::kReplaced;
  const bool for_good = !failure.broken || (!unwritten_ && ++breaks_ >= kMostBreaks);
  // An answer that was lost may have opened it: what was published since is not in the backup.
  const bool maybe_open = step_ == MigrationStep::kOpen && failure.broken;
  const bool only_again = step_ == MigrationStep::kHandsOff || step_ == MigrationStep::kFinish ||
                          maybe_open || !(before || sealed || after) ||
                          (sealed && !journal_.failure.empty());
  tell_failure(failure, unwritten_ || (only_again && !failure.broken));
  if (unwritten_)
    return;  // nobody knows what is on the disk: that first
  if (!for_good || only_again)
    return;
  end_proof();
  jetstream::MigrationJournal back = journal_;
  back.failure = failure.message;
  if (!sealed)  // one that is goes the same way, only to another end
    back.phase = before ? MigrationPhase::kLeaving : MigrationPhase::kReturning;
  (void)enter(std::move(back));
}

void Migration::tell_failure(const TransferError& failure, bool waits_for_person) {
  const bool is_new = std::exchange(told_, failure.message) != failure.message;
  if (waits_for_person)
    around_.wait_for_person(failure.message, is_new);
  else if (is_new)
    around_.log(fmt::format("migration of stream {}, {}: {}", journal_.stream,
                            to_text(journal_.phase), failure.message));
}

std::string Migration::hands_off(StreamSeen seen) const {
  switch (seen) {
    case StreamSeen::kAbsent:
      return fmt::format(
          "nats-server has no stream {}: it was not loaded, or was deleted meanwhile; the backup "
          "is in {}",
          journal_.stream, files_.folder());
    case StreamSeen::kParked:
    case StreamSeen::kSealed:
      return fmt::format(
          "the stream {} that is there is one that a migration has made (its only subject is {}), "
          "and it holds other messages than the backup, or not all of them: nothing is deleted; "
          "copy its messages into a stream of another name if they are needed, and delete it; then "
          "it goes on; the backup is in {}",
          journal_.stream, jetstream::parked_subject(journal_.stream), files_.folder());
    case StreamSeen::kOpen:
      break;
  }
  return fmt::format(
      "somebody made another stream {} meanwhile, as clients do that make what is missing: stop "
      "them, copy its messages into a stream of another name if they are needed, and delete it; "
      "then it goes on; the backup is in {}",
      journal_.stream, files_.folder());
}

Migration::Failure Migration::connect() {
  connection_.reset();
  nats::ConnectOptions options = around_.wait_for_server();
  if (around_.signals.interrupted)
    return TransferError{"asked to stop", true};
  options.name = "unified-nats migration";
  auto connection = module_->connect(options, {});
  if (!connection) {
    breaks_ = 0;  // no server is nobody's refusal
    return TransferError{connection.error().message, true};
  }
  connection_ = *std::move(connection);
  return std::nullopt;
}

Transfer<StreamSeen> Migration::look() {
  const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
  if (info) {
    info_ = *info;
    if (jetstream::is_set(config_now(), "sealed"))
      return seen_ = StreamSeen::kSealed;
    return seen_ = jetstream::is_parked(config_now()) ? StreamSeen::kParked : StreamSeen::kOpen;
  }
  if (info.error().err_code != jetstream::kStreamNotFound)
    return TransferError{info.error().message, true};
  return seen_ = StreamSeen::kAbsent;
}

Migration::Failure Migration::enter(MigrationPhase phase) {
  jetstream::MigrationJournal next = journal_;
  next.phase = phase;
  return enter(std::move(next));
}

Migration::Failure Migration::enter(jetstream::MigrationJournal next) {
  next.format = jetstream::MigrationJournal::kFormat;
  const auto written = files_.write(next);
  if (!written) {
    unwritten_ = std::move(next);
    return TransferError{written.error().message, true};
  }
  unwritten_.reset();
  journal_ = std::move(next);
  around_.log(fmt::format("migration of stream {}: {}", journal_.stream, to_text(journal_.phase)));
  return std::nullopt;
}

Transfer<json> Migration::consumers_now(const Conversation& talk) const {
  auto listed = list_consumers(talk, journal_.stream);
  if (!listed)
    return listed;
  json others = json::array();
  for (json& consumer : *listed)
    if (jetstream::text_at(consumer, "name") != kReaderName)
      others.push_back(std::move(consumer));
  return jetstream::settled(others);
}

std::string Migration::created_now() const {
  return jetstream::text_at(info_, "created");
}

Conversation Migration::live(std::string what, Counts counts) const {
  Conversation talk = talk_to(*connection_, std::move(what), counts);
  talk.store_dir = around_.store_dir;
  return talk;
}

Conversation Migration::elsewhere(std::string what, Counts counts) const {
  return talk_to(proof_->connection(), std::move(what), counts);
}

Conversation Migration::talk_to(nats::Connection& connection,
                                std::string what,
                                Counts counts) const {
  Conversation talk{.connection = connection, .stopped = around_.signals.interrupted};
  if (!what.empty())
    talk.progress = [this, what = std::move(what), counts](std::uint64_t done) {
      tell(counts == Counts::kBytes
               ? fmt::format("{}, {}", what, format_bytes(static_cast<std::int64_t>(done)))
               : fmt::format("{}, {} messages", what, done));
    };
  return talk;
}

void Migration::tell(const std::string& step) const {
  around_.tell(step);
}

void Migration::rest(milliseconds pause) const {
  const auto until = Clock::now() + pause;
  while (!around_.signals.interrupted && Clock::now() < until)
    std::this_thread::sleep_for(kStopLook);
}

MigrationOutcome run_migration(jetstream::MigrationJournal journal,
                               const MigrationSurroundings& surroundings) {
  try {
    return Migration{std::move(journal), surroundings}.run();
  } catch (const std::exception& failure) {
    return {MigrationOutcome::End::kStopped, std::string{"internal error: "} + failure.what()};
  }
}

}  // namespace unified::app
