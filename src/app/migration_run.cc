#include "app/migration_run.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/consumer_walk.h"
#include "app/stream_loader.h"
#include "app/stream_reader.h"
#include "app/stream_transfer.h"
#include "app/throwaway_server.h"
#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/fields.h"
#include "jetstream/migrated_consumers.h"
#include "jetstream/migration.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::MigrationJournal;
using jetstream::MigrationMethod;
using jetstream::MigrationPhase;
using jetstream::MigrationStep;
using jetstream::StreamSeen;
using jetstream::text_at;
using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using End = MigrationOutcome::End;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};
constexpr milliseconds kStopLook{50};
constexpr int kMostBreaks = 5;
constexpr int kMostSnapshots = 4;

TransferError said_no(std::string message) {
  return {.message = std::move(message), .broken = false};
}

bool is_limits(const json& config) {
  return text_at(config, "retention") == "limits";
}

/// The state of a stream without what its consumers and the clock change.
json settled_state(const json& info) {
  const json state = info.value("state", json::object());
  return {{"messages", int_at(state, "messages")},
          {"bytes", int_at(state, "bytes")},
          {"first_seq", int_at(state, "first_seq")},
          {"last_seq", int_at(state, "last_seq")},
          {"num_deleted", int_at(state, "num_deleted")}};
}

class Migration {
 public:
  Migration(MigrationJournal journal, const MigrationSurroundings& around)
      : journal_(std::move(journal)),
        around_(around),
        files_(around.store_dir, journal_.stream) {}

  MigrationOutcome run() {
    auto module = nats::Module::open();
    if (!module)
      return {End::kStopped, module.error().message};
    module_ = *std::move(module);
    milliseconds pause = kFirstPause;
    while (!around_.stopped) {
      const auto failure = advance();
      if (outcome_)
        return *outcome_;
      if (!failure) {
        pause = kFirstPause;
        breaks_ = 0;
        continue;
      }
      if (around_.stopped)
        break;
      settle(*failure);
      rest(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    return {End::kStopped, {}};
  }

 private:
  using Failure = std::optional<TransferError>;

  // ---- one step after the other

  /// The next step; what went wrong in it.
  Failure advance() {
    if (!connection_ || !connection_->connected())
      if (auto failure = connect())
        return failure;
    const auto seen = look();
    if (!seen)
      return seen.error();
    step_ = next_step(journal_, *seen);
    switch (step_) {
      case MigrationStep::kPark:
        return park();
      case MigrationStep::kSave:
        return save();
      case MigrationStep::kProve:
        return prove();
      case MigrationStep::kReplace:
        return replace();
      case MigrationStep::kOpen:
        return open(journal_.to);
      case MigrationStep::kReturn:
        return put_back();
      case MigrationStep::kReopen:
        return open(journal_.from);
      case MigrationStep::kFinish:
        return finish();
      case MigrationStep::kGone:
        return give_up_gone();
      case MigrationStep::kHandsOff:
        break;
    }
    return said_no(hands_off(*seen));
  }

  /// What a failed step means for what comes next.
  void settle(const TransferError& failure) {
    connection_.reset();
    tell(fmt::format("waiting after: {}", failure.message));
    if (failure.message != told_)
      around_.log(fmt::format("migration of stream {}, {}: {}", journal_.stream,
                              to_text(journal_.phase), told_ = failure.message));
    const bool before = journal_.phase == MigrationPhase::kBegun ||
                        journal_.phase == MigrationPhase::kSaved ||
                        journal_.phase == MigrationPhase::kProved;
    const bool after = journal_.phase == MigrationPhase::kReplacing ||
                       journal_.phase == MigrationPhase::kReplaced;
    const bool for_good = !failure.broken || ++breaks_ >= kMostBreaks;
    const bool only_again =
        step_ == MigrationStep::kHandsOff || step_ == MigrationStep::kFinish || !(before || after);
    if (!for_good || only_again)
      return;
    proof_.reset();
    journal_.failure = failure.message;
    (void)enter(before ? MigrationPhase::kLeaving : MigrationPhase::kReturning);
  }

  std::string hands_off(StreamSeen seen) const {
    return seen == StreamSeen::kAbsent
               ? fmt::format("nats-server has no stream {}: it was not loaded, or was deleted "
                             "meanwhile; the backup is in {}",
                             journal_.stream, files_.folder())
               : fmt::format("somebody made another stream {} meanwhile: delete it if its messages "
                             "are not needed, then it goes on; the backup is in {}",
                             journal_.stream, files_.folder());
  }

  Failure connect() {
    connection_.reset();
    nats::ConnectOptions options = around_.wait_for_server();
    if (around_.stopped)
      return TransferError{"asked to stop", true};
    options.reconnect_for_ever = false;
    options.max_reconnect = 0;
    options.name = "unified-nats migration";
    auto connection = module_->connect(options, {});
    if (!connection) {
      breaks_ = 0;  // no server is nobody's refusal
      return TransferError{connection.error().message, true};
    }
    connection_ = *std::move(connection);
    return std::nullopt;
  }

  Transfer<StreamSeen> look() {
    const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
    if (info) {
      info_ = *info;
      return jetstream::is_parked(config_now()) ? StreamSeen::kParked : StreamSeen::kOpen;
    }
    if (info.error().broken)
      return info.error();
    return StreamSeen::kAbsent;
  }

  // ---- before anything is replaced

  Failure park() {
    tell("taking its subjects away");
    // Whatever it was changed to meanwhile is what stays.
    journal_.from = config_now();
    json to = journal_.from;
    for (const std::string& field : journal_.changed)
      to[field] = journal_.to[field];
    journal_.to = std::move(to);
    if (auto failure = enter(MigrationPhase::kBegun))
      return failure;
    const auto parked = live().ask("STREAM.UPDATE." + journal_.stream,
                                   jetstream::parked_config(journal_.from));
    return parked ? Failure{} : parked.error();
  }

  Failure save() {
    if (++snapshots_ > kMostSnapshots)
      return said_no("its consumers go on consuming: stop them first");
    tell("saving");
    auto consumers = consumers_now(live());
    if (!consumers)
      return consumers.error();
    const json before = settled_state(info_);
    Failure failure;
    const Conversation talk = live("saving");
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

  Failure prove() {
    if (auto failure = restore_elsewhere())
      return failure;
    tell("comparing the backup with the stream");
    const auto copy = digest_stream(elsewhere("reading the backup"), journal_.stream);
    if (!copy)
      return copy.error();
    const auto original = digest_stream(live("reading the stream"), journal_.stream);
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
    const auto loss = jetstream::consumer_loss(journal_.consumers,
                                               jetstream::settled(*consumers), journal_.method,
                                               false);
    if (loss)
      return said_no("the backup does not bring every consumer back: " + *loss);
    journal_.digest = *copy;
    if (journal_.method == MigrationMethod::kRestore)
      end_proof();
    return enter(MigrationPhase::kProved);
  }

  Failure restore_elsewhere() {
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
    config["max_consumers"] = -1;  // one more: who reads it
    const auto restored = restore_stream(elsewhere("trying the backup out"), config, journal_.state,
                                         feed());
    if (!restored)
      proof_.reset();
    return restored ? Failure{} : restored.error();
  }

  /// Whether the stream or a consumer is not as it was saved.
  Transfer<bool> moved_since() {
    const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
    if (!info)
      return info.error();
    const auto consumers = consumers_now(live());
    if (!consumers)
      return consumers.error();
    return settled_state(*info) != journal_.state || *consumers != journal_.consumers;
  }

  // ---- from the moment at which the old stream goes

  Failure replace() {
    if (journal_.phase == MigrationPhase::kProved) {
      const auto moved = moved_since();
      if (!moved)
        return moved.error();
      if (auto failure = enter(*moved ? MigrationPhase::kBegun : MigrationPhase::kReplacing);
          failure || *moved)
        return failure;
    }
    tell("replacing it");
    auto failure = journal_.method == MigrationMethod::kLoad ? place_by_loading()
                                                             : place_by_restoring(journal_.to);
    if (!failure)
      failure = complete(journal_.to, journal_.method);
    if (failure)
      return failure;
    end_proof();
    return enter(MigrationPhase::kReplaced);
  }

  Failure put_back() {
    tell("putting the old one back");
    end_proof();
    auto failure = place_by_restoring(journal_.from);
    if (!failure)
      failure = complete(journal_.from, MigrationMethod::kRestore);
    return failure ? failure : enter(MigrationPhase::kReturned);
  }

  Failure remove_present() {
    const auto seen = look();
    if (!seen)
      return seen.error();
    if (*seen == StreamSeen::kAbsent)
      return std::nullopt;
    if (*seen == StreamSeen::kOpen)
      return said_no(hands_off(*seen));
    const auto removed = live().ask("STREAM.DELETE." + journal_.stream, nullptr);
    return removed ? Failure{} : removed.error();
  }

  Failure place_by_restoring(const json& config) {
    if (auto failure = remove_present())
      return failure;
    const auto restored = restore_stream(live("restoring"), jetstream::parked_config(config),
                                         journal_.state, feed());
    return restored ? Failure{} : restored.error();
  }

  Failure place_by_loading() {
    if (auto failure = restore_elsewhere())
      return failure;
    if (auto failure = remove_present())
      return failure;
    const auto loaded = load_stream(elsewhere(), live("loading"), journal_);
    if (!loaded)
      return loaded.error();
    if (*loaded != journal_.digest)
      return said_no("what was loaded is not what was proved");
    return std::nullopt;
  }

  /// The consumers that no snapshot has; then whether all is there.
  Failure complete(const json& config, MigrationMethod method) {
    tell("comparing what is there now");
    if (auto failure = compare_config(config))
      return failure;
    if (auto failure = make_missing_consumers(method))
      return failure;
    const auto digest = digest_stream(live("reading what is there now"), journal_.stream);
    if (!digest)
      return digest.error();
    const bool same = method == MigrationMethod::kRestore
                          ? *digest == journal_.digest
                          : digest->content == journal_.digest.content &&
                                digest->messages == journal_.digest.messages;
    if (!same && is_limits(config))
      return said_no(fmt::format("{} of {} messages are there, or they are not the same",
                                 digest->messages, journal_.digest.messages));
    if (!same) {
      // Its consumers take messages out of it as soon as it is there again.
      journal_.keep_backup = true;
      around_.log(fmt::format("stream {} was consumed from while it was compared: the backup is kept",
                              journal_.stream));
    }
    const auto consumers = consumers_now(live());
    if (!consumers)
      return consumers.error();
    if (const auto loss =
            jetstream::consumer_loss(journal_.consumers, *consumers, method, true))
      return said_no(*loss);
    // nats-server itself writes to the disk only every minute or two, and the backup is about to go.
    const auto synced = os::sync_file_system(around_.store_dir);
    return synced ? Failure{} : said_no(synced.error().message);
  }

  Failure compare_config(const json& config) {
    const auto info = live().ask("STREAM.INFO." + journal_.stream, nullptr);
    if (!info)
      return info.error();
    const json now = info->value("config", json::object());
    for (const std::string& field : journal_.changed)
      if (const jetstream::Field* known = jetstream::find_field(field);
          known != nullptr && value_in(*known, now) != value_in(*known, config))
        return said_no(fmt::format("nats-server says OK and keeps {} as it is", field));
    return std::nullopt;
  }

  Failure make_missing_consumers(MigrationMethod method) {
    const auto present = consumers_now(live());
    if (!present)
      return present.error();
    for (const json& consumer : journal_.consumers) {
      const bool there = std::ranges::any_of(*present, [&](const json& one) {
        return text_at(one, "name") == text_at(consumer, "name");
      });
      const bool durable =
          !text_at(consumer.value("config", json::object()), "durable_name").empty();
      if (there || !durable || !jetstream::is_made_anew(consumer, method))
        continue;
      const auto made =
          walk_consumer(live(), journal_.stream, consumer, floor_of(consumer));
      if (!made)
        return made.error();
    }
    return std::nullopt;
  }

  // ---- the end

  Failure open(const json& config) {
    tell("giving it its subjects");
    const bool was_replaced =
        journal_.phase == MigrationPhase::kReplaced || journal_.phase == MigrationPhase::kReturned;
    if (was_replaced && int_at(info_.value("state", json::object()), "last_seq") <
                            int_at(journal_.state, "last_seq"))
      return begin_again(config);
    const auto opened = live().ask("STREAM.UPDATE." + journal_.stream, config);
    return opened ? finish() : opened.error();
  }

  /// It was in memory, and its server has ended since.
  Failure begin_again(const json& config) {
    if (text_at(config, "storage") != "memory" || !jetstream::is_parked(config_now())) {
      step_ = MigrationStep::kHandsOff;
      return said_no(hands_off(StreamSeen::kOpen));
    }
    return enter(journal_.phase == MigrationPhase::kReplaced ? MigrationPhase::kReplacing
                                                             : MigrationPhase::kReturning);
  }

  Failure finish() {
    step_ = MigrationStep::kFinish;
    end_proof();
    const std::string date = journal_.begun.substr(0, std::string_view{"2026-11-22"}.size());
    const auto kept = files_.forget(journal_.keep_backup, date);
    if (!kept)
      return said_no(kept.error().message);
    std::string message = journal_.failure;
    if (!kept->empty())
      message += (message.empty() ? "the backup is in " : "; the backup is in ") + *kept;
    outcome_ = {journal_.failure.empty() ? End::kDone : End::kRefused, std::move(message)};
    return std::nullopt;
  }

  Failure give_up_gone() {
    (void)files_.forget(true, journal_.begun.substr(0, std::string_view{"2026-11-22"}.size()));
    outcome_ = {End::kGone, "it was in memory, and its server ended before it was replaced"};
    return std::nullopt;
  }

  void end_proof() {
    proof_.reset();
    files_.remove_proof();
  }

  // ---- small ones

  Failure enter(MigrationPhase phase) {
    journal_.phase = phase;
    const auto written = files_.write(journal_);
    if (!written)
      return said_no(written.error().message);
    around_.log(fmt::format("migration of stream {}: {}", journal_.stream, to_text(phase)));
    return std::nullopt;
  }

  [[nodiscard]] json config_now() const { return info_.value("config", json::object()); }

  [[nodiscard]] std::function<Result<void>(const PieceSink&)> feed() const {
    return [this](const PieceSink& sink) { return files_.load(journal_, sink); };
  }

  Transfer<json> consumers_now(const Conversation& talk) const {
    auto listed = list_consumers(talk, journal_.stream);
    if (!listed)
      return listed;
    json others = json::array();
    for (json& consumer : *listed)
      if (text_at(consumer, "name") != kReaderName)
        others.push_back(std::move(consumer));
    return jetstream::settled(others);
  }

  [[nodiscard]] Conversation live(std::string what = {}) const {
    return talk_to(*connection_, std::move(what));
  }
  [[nodiscard]] Conversation elsewhere(std::string what = {}) const {
    return talk_to(proof_->connection(), std::move(what));
  }
  [[nodiscard]] Conversation talk_to(nats::Connection& connection, std::string what) const {
    Conversation talk{.connection = connection, .stopped = around_.stopped};
    if (!what.empty())
      talk.progress = [this, what = std::move(what)](std::uint64_t done) {
        tell(fmt::format("{}, {}", what, done));
      };
    return talk;
  }

  void tell(const std::string& step) const { around_.tell(step); }

  void rest(milliseconds pause) const {
    const auto until = Clock::now() + pause;
    while (!around_.stopped && Clock::now() < until)
      std::this_thread::sleep_for(kStopLook);
  }

  MigrationJournal journal_;
  const MigrationSurroundings& around_;
  MigrationFiles files_;
  std::unique_ptr<nats::Module> module_;
  std::unique_ptr<nats::Connection> connection_;
  std::unique_ptr<ThrowawayServer> proof_;
  MigrationStep step_ = MigrationStep::kPark;
  json info_;  ///< of the last look
  std::optional<MigrationOutcome> outcome_;
  std::string told_;
  int breaks_ = 0;
  int snapshots_ = 0;
};

}  // namespace

MigrationOutcome run_migration(MigrationJournal journal,
                               const MigrationSurroundings& surroundings) {
  try {
    return Migration{std::move(journal), surroundings}.run();
  } catch (const std::exception& failure) {
    return {End::kStopped, std::string{"internal error: "} + failure.what()};
  }
}

}  // namespace unified::app
