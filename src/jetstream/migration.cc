#include "jetstream/migration.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/migration_refusals.h"
#include "jetstream/moved_consumers.h"
#include "jetstream/parked_stream.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 2> kMigrated{"storage", "max_consumers"};

bool is_migrated(const std::string& field) {
  return std::ranges::find(kMigrated, field) != kMigrated.end();
}

class MigrationPlanner {
 public:
  explicit MigrationPlanner(const MigrationInput& input) : in_(input) {}

  Result<MigrationPlan> run() {
    if (std::string why = refused_stream(in_.actual.config, in_.clustered); !why.empty())
      return refuse(why);
    if (is_parked(in_.actual.config))
      return refuse(parked_note(in_.desired.name));
    find_changes();
    if (plan_.changes.empty())
      return refuse(nothing_to_do());
    fill();
    for (const std::string& why : {refused_move(move()), refused_unlisted(), refused_memory()})
      if (!why.empty())
        return refuse(why);
    warn();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] Error refuse(const std::string& why) const {
    return Error{fmt::format("cannot migrate stream {}: {}", in_.desired.name, why)};
  }

  void find_changes() {
    const Actual actual{.version = in_.version,
                        .clustered = in_.clustered,
                        .streams = {in_.actual},
                        .consumers = {},
                        .unloaded = {}};
    const Declarations desired{.streams = {in_.desired}, .consumers = {}};
    const Plan plan = make_plan(desired, actual, Allowed{}, 0);
    for (const StreamPlan& stream : plan.streams)
      for (const FieldChange& change : stream.fields)
        if (change.change == Change::kImmutable)
          (is_migrated(change.field) ? plan_.changes : others_).push_back(change);
  }

  [[nodiscard]] std::string nothing_to_do() const {
    if (others_.empty())
      return "nothing that the manifest in force declares is immutable and different. A manifest "
             "that was changed since comes into force by `reload`, which has to come first; `plan` "
             "shows the rest";
    std::vector<std::string> fields;
    fields.reserve(others_.size());
    for (const FieldChange& change : others_)
      fields.push_back(change.field);
    return fmt::format(
        "only {} can be changed this way without touching a message, not {}; declare a stream of "
        "another name, or set the old value",
        fmt::join(kMigrated, " and "), fmt::join(fields, ", "));
  }

  void fill() {
    plan_.stream = in_.desired.name;
    plan_.from = in_.actual.config;
    plan_.to = in_.actual.config;
    for (FieldChange& change : plan_.changes)
      plan_.to[change.field] = change.to;
    plan_.messages = in_.actual.messages;
    plan_.bytes = in_.actual.bytes;
    // The backup (at most as large, it is compressed) and the copy that proves it, and a tenth.
    plan_.room = plan_.bytes / 10 * 22 + (std::int64_t{16} << 20U);
    if (to_memory() && in_.version < k215)
      plan_.method = MigrationMethod::kLoad;
  }

  [[nodiscard]] WantedMove move() const {
    return {plan_.from, plan_.to, plan_.method, in_.consumers, in_.version};
  }

  [[nodiscard]] bool to_memory() const { return text_at(plan_.to, "storage") == "memory"; }

  /// A stream is described by what the server lists; what is missing there would be lost.
  [[nodiscard]] std::string refused_unlisted() const {
    const auto listed = static_cast<std::int64_t>(in_.consumers.size());
    if (listed < in_.actual.consumers)
      return fmt::format("nats-server counts {} consumers and describes {}: try again",
                         in_.actual.consumers, listed);
    return {};
  }

  [[nodiscard]] std::string refused_memory() const {
    if (!to_memory() || !in_.memory_left || plan_.bytes <= *in_.memory_left)
      return {};
    return fmt::format(
        "it holds {}, and {} are left of JETSTREAM_MAX_MEMORY: set it higher and restart "
        "first (which empties every stream in memory)",
        format_bytes(plan_.bytes), format_bytes(std::max<std::int64_t>(0, *in_.memory_left)));
  }

  void warn() {
    for (const FieldChange& change : others_)
      plan_.warnings.push_back(fmt::format("{} stays as it is: {}", change.field, change.why));
    plan_.warnings.emplace_back(
        "publishers get \"no responders\" until it is done, consumers get nothing");
    plan_.warnings.emplace_back(
        "it is sealed before it is deleted, which can't be undone: a failure or --cancel after "
        "that "
        "deletes it, too, and restores the proved backup in the old configuration; what is "
        "acknowledged after the save comes again");
    if (plan_.method == MigrationMethod::kRestore && in_.version >= k215)
      plan_.warnings.push_back(
          fmt::format("nats-server {} forgets the Nats-Msg-Id of every message when it restores: "
                      "what is published again with the id of before is stored again, also within "
                      "duplicate_window",
                      to_text(in_.version)));
    plan_.warnings.emplace_back(
        "clients that make the stream when it is missing have to be stopped before: theirs would "
        "be in its way");
    if (text_at(plan_.from, "storage") == "memory")
      plan_.warnings.emplace_back(
          "it is in memory: what ends nats-server before it is saved empties it, as every restart "
          "does");
    if (plan_.method == MigrationMethod::kLoad)
      warn_about_load();
    const auto in_memory = names_where(in_.consumers, is_in_memory);
    if (!in_memory.empty() && plan_.method == MigrationMethod::kRestore && in_.version < k215)
      plan_.warnings.push_back(
          fmt::format("consumers in memory are made anew at their ack floor ({}): what they had "
                      "delivered and not acknowledged is delivered again",
                      fmt::join(in_memory, ", ")));
    if (to_memory())
      plan_.warnings.emplace_back(
          "a stream in memory is empty after every restart of nats-server: the backup is kept, as "
          "with --keep-backup");
  }

  void warn_about_load() {
    plan_.warnings.push_back(
        fmt::format("nats-server {} restores nothing into memory: every message is published again "
                    "under its sequence, and the time at which it was stored becomes that of the "
                    "migration",
                    to_text(in_.version)));
    plan_.warnings.emplace_back("a Nats-Msg-Id of before counts again for duplicate_window");
    plan_.warnings.emplace_back(
        "consumers are made anew at their ack floor: what they had delivered and not acknowledged, "
        "or acknowledged above it, is delivered again");
    const auto ephemeral = names_where(in_.consumers, is_ephemeral);
    if (!ephemeral.empty())
      plan_.warnings.push_back(
          fmt::format("consumers without a durable name end: {}", fmt::join(ephemeral, ", ")));
  }

  const MigrationInput& in_;
  MigrationPlan plan_;
  std::vector<FieldChange> others_;
};

}  // namespace

Result<MigrationPlan> plan_migration(const MigrationInput& input) {
  return MigrationPlanner{input}.run();
}

std::optional<std::string> refused_since(const MigrationJournal& journal,
                                         const nlohmann::json& consumers,
                                         const ServerVersion& version) {
  const std::vector<nlohmann::json> there{consumers.begin(), consumers.end()};
  const WantedMove move{journal.from, journal.to, journal.method, there, version};
  std::string why = refused_move(move);
  return why.empty() ? std::nullopt : std::optional{std::move(why)};
}

MigrationJournal begin_journal(const MigrationPlan& plan, bool keep_backup, std::string now) {
  MigrationJournal journal;
  journal.stream = plan.stream;
  journal.method = plan.method;
  journal.from = plan.from;
  journal.to = plan.to;
  for (const FieldChange& change : plan.changes)
    journal.changed.push_back(change.field);
  journal.keep_backup = keep_backup;
  journal.begun = std::move(now);
  return journal;
}

}  // namespace unified::jetstream
