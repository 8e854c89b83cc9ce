#include "jetstream/migration.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/bound.h"
#include "jetstream/fields.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 2> kMigrated{"storage", "max_consumers"};
constexpr std::int64_t kShortestWindowNs = 100'000'000;

bool is_migrated(const std::string& field) {
  return std::ranges::find(kMigrated, field) != kMigrated.end();
}

bool flag(const nlohmann::json& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_boolean() && found->get<bool>();
}

nlohmann::json config_of(const nlohmann::json& consumer) {
  return consumer.value("config", nlohmann::json::object());
}

std::vector<std::string> names_where(const std::vector<nlohmann::json>& consumers,
                                     bool (*is)(const nlohmann::json& config)) {
  std::vector<std::string> names;
  for (const nlohmann::json& consumer : consumers)
    if (is(config_of(consumer)))
      names.push_back(text_at(consumer, "name"));
  return names;
}

bool is_in_memory(const nlohmann::json& config) {
  return flag(config, "mem_storage");
}

bool is_filtered(const nlohmann::json& config) {
  return !text_at(config, "filter_subject").empty() || config.contains("filter_subjects");
}

bool is_ephemeral(const nlohmann::json& config) {
  return text_at(config, "durable_name").empty();
}

/// One in memory is made anew in a stream that is full again: it must be able to stop at its floor.
bool is_out_of_reach(const nlohmann::json& config) {
  const std::string policy = text_at(config, "deliver_policy");
  const bool begins_late = policy == "new" || policy == "last" || policy == "last_per_subject";
  const bool gives_up =
      text_at(config, "ack_policy") == "none" || int_at(config, "max_deliver") > 0;
  return is_in_memory(config) && !is_ephemeral(config) &&
         (begins_late || gives_up || !text_at(config, "deliver_subject").empty());
}

bool is_last_per_subject(const nlohmann::json& config) {
  return text_at(config, "deliver_policy") == "last_per_subject";
}

class MigrationPlanner {
 public:
  explicit MigrationPlanner(const MigrationInput& input) : in_(input) {}

  Result<MigrationPlan> run() {
    if (std::string why = refused_stream(); !why.empty())
      return refuse(why);
    find_changes();
    if (plan_.changes.empty())
      return refuse(nothing_to_do());
    fill();
    for (const auto check :
         {&MigrationPlanner::refused_storage, &MigrationPlanner::refused_consumers,
          &MigrationPlanner::refused_load, &MigrationPlanner::refused_unlisted})
      if (std::string why = (this->*check)(); !why.empty())
        return refuse(why);
    warn();
    return std::move(plan_);
  }

  std::optional<std::string> refused_since(const MigrationJournal& journal) {
    plan_.from = journal.from;
    plan_.to = journal.to;
    plan_.method = journal.method;
    for (const auto check : {&MigrationPlanner::refused_consumers, &MigrationPlanner::refused_load})
      if (std::string why = (this->*check)(); !why.empty())
        return why;
    return std::nullopt;
  }

 private:
  [[nodiscard]] Error refuse(const std::string& why) const {
    return Error{fmt::format("cannot migrate stream {}: {}", in_.desired.name, why)};
  }

  [[nodiscard]] std::string refused_stream() const {
    const nlohmann::json& config = in_.actual.config;
    if (in_.clustered)
      return "this server is part of a cluster: the other nodes would create the stream anew while "
             "it is away; back it up and restore it with the nats CLI";
    if (config.contains("mirror"))
      return "it is a mirror: delete it, and declare it anew, it fills itself";
    if (config.contains("sources"))
      return "it has sources: it would fetch their messages again; remove the sources first";
    if (flag(config, "sealed"))
      return "it is sealed: nobody can take its subjects away meanwhile";
    for (const char* own : {"allow_msg_ttl", "allow_msg_schedules"})
      if (flag(config, own))
        return fmt::format(
            "it has {}: messages of it may go or come while it is away, and then it can't be told "
            "that none is lost; declare a stream of another name and copy them",
            own);
    if (flag(config, "no_ack"))
      return "it has no_ack: publishers would not notice that it is away; set no_ack to false "
             "first";
    return {};
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
      return "nothing that is declared is immutable and different; `plan` shows the rest";
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

  [[nodiscard]] bool to_memory() const { return text_at(plan_.to, "storage") == "memory"; }

  [[nodiscard]] std::string refused_storage() const {
    if (text_at(plan_.from, "storage") == "memory" && in_.version < k215)
      return fmt::format(
          "nats-server {} makes no snapshot of a stream in memory (since 2.15 it does): read it "
          "out "
          "with a consumer into a stream of another name, or upgrade the server",
          to_text(in_.version));
    return {};
  }

  [[nodiscard]] std::string refused_consumers() const {
    const std::int64_t limit = int_at(plan_.to, "max_consumers");
    const auto there = static_cast<std::int64_t>(in_.consumers.size());
    if (limit > 0 && limit < there)
      return fmt::format(
          "max_consumers {} is below the {} consumers that it has: delete some, or "
          "declare at least {}",
          limit, there, there);
    const auto filtered = names_where(in_.consumers, is_filtered);
    if (!filtered.empty() && in_.version < k210)
      return fmt::format(
          "nats-server {} does not load consumers whose filter_subject its stream "
          "does not have ({}), and its subjects have to be away meanwhile: upgrade "
          "the server, or delete them first",
          to_text(in_.version), fmt::join(filtered, ", "));
    const auto in_memory = names_where(in_.consumers, is_in_memory);
    if (text_at(plan_.from, "retention") != "limits" && !in_memory.empty() && in_.version < k215)
      return fmt::format(
          "nats-server {} leaves consumers in memory ({}) out of its snapshots, and without them a "
          "stream with this retention drops what only they wait for; delete them first",
          to_text(in_.version), fmt::join(in_memory, ", "));
    const auto lost = names_where(in_.consumers, is_out_of_reach);
    if (!lost.empty() && in_.version < k215 && plan_.method == MigrationMethod::kRestore)
      return fmt::format(
          "nats-server {} leaves consumers in memory out of its snapshots, and these "
          "can't be brought back to where they are: {}; delete them first",
          to_text(in_.version), fmt::join(lost, ", "));
    return {};
  }

  [[nodiscard]] std::string refused_load() const {
    if (plan_.method != MigrationMethod::kLoad)
      return {};
    if (in_.version < k210)
      return fmt::format(
          "nats-server {} restores nothing into memory (10 of 10 messages are gone), "
          "and can't take messages under other subjects (since 2.10 it can): "
          "upgrade the server",
          to_text(in_.version));
    if (text_at(plan_.from, "retention") != "limits")
      return fmt::format(
          "nats-server {} restores nothing into memory, and messages can be published "
          "again only into a stream with retention limits; upgrade to 2.15",
          to_text(in_.version));
    for (const char* feature : {"allow_msg_ttl", "allow_msg_counter", "allow_msg_schedules",
                                "allow_atomic", "allow_batched"})
      if (flag(plan_.from, feature))
        return fmt::format(
            "nats-server {} restores nothing into memory, and with {} messages can't "
            "be published again as they are; upgrade to 2.15",
            to_text(in_.version), feature);
    const auto last = names_where(in_.consumers, is_last_per_subject);
    if (!last.empty())
      return fmt::format(
          "consumers with deliver_policy last_per_subject ({}) can't be brought back "
          "to where they are; delete them first",
          fmt::join(last, ", "));
    return {};
  }

  /// A stream is described by what the server lists; what is missing there would be lost.
  [[nodiscard]] std::string refused_unlisted() const {
    const auto listed = static_cast<std::int64_t>(in_.consumers.size());
    if (listed < in_.actual.consumers)
      return fmt::format("nats-server counts {} consumers and describes {}: try again",
                         in_.actual.consumers, listed);
    return {};
  }

  void warn() {
    for (const FieldChange& change : others_)
      plan_.warnings.push_back(fmt::format("{} stays as it is: {}", change.field, change.why));
    plan_.warnings.emplace_back(
        "publishers get \"no responders\" until it is done, consumers get nothing");
    if (plan_.method == MigrationMethod::kLoad)
      warn_about_load();
    const auto in_memory = names_where(in_.consumers, is_in_memory);
    if (!in_memory.empty() && plan_.method == MigrationMethod::kRestore && in_.version < k215)
      plan_.warnings.push_back(
          fmt::format("consumers in memory are made anew at their ack floor ({}): what they had "
                      "delivered and not acknowledged is delivered again",
                      fmt::join(in_memory, ", ")));
    if (to_memory())
      plan_.warnings.emplace_back("a stream in memory is empty after every restart of nats-server");
  }

  void warn_about_load() {
    plan_.warnings.push_back(
        fmt::format("nats-server {} restores nothing into memory: every message is published again "
                    "under its sequence, and the time at which it was stored becomes that of the "
                    "migration",
                    to_text(in_.version)));
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
  const MigrationInput input{.desired = {},
                             .actual = {},
                             .consumers = {consumers.begin(), consumers.end()},
                             .version = version};
  return MigrationPlanner{input}.refused_since(journal);
}

nlohmann::json to_json(const MigrationPlan& plan) {
  nlohmann::json changes = nlohmann::json::array();
  for (const FieldChange& change : plan.changes)
    changes.push_back({{"field", change.field}, {"from", change.from}, {"to", change.to}});
  return {{"stream", plan.stream},     {"changes", std::move(changes)},
          {"messages", plan.messages}, {"bytes", plan.bytes},
          {"room", plan.room},         {"warnings", plan.warnings},
          {"text", to_text(plan)}};
}

std::string to_text(const MigrationPlan& plan) {
  std::string text = fmt::format("stream {}: {} messages, {}\n", plan.stream, plan.messages,
                                 format_bytes(plan.bytes));
  for (const FieldChange& change : plan.changes)
    text += fmt::format("  {}: {}\n", change.field, show_values(change));
  text += fmt::format("  room needed on the disk meanwhile: {}\n", format_bytes(plan.room));
  for (const std::string& warning : plan.warnings)
    text += "  note: " + warning + "\n";
  return text;
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

std::string parked_subject(const std::string& stream) {
  return "unified-migrating." + stream;
}

bool is_parked(const nlohmann::json& config) {
  const std::vector<std::string> subjects = subjects_of(config);
  const std::string parked = parked_subject(text_at(config, "name"));
  return subjects.size() == 1 && (subjects.front() == parked || subjects.front() == parked + ".>");
}

nlohmann::json parked_config(nlohmann::json config) {
  config["subjects"] = {parked_subject(text_at(config, "name"))};
  config["max_age"] = 0;
  return config;
}

nlohmann::json loading_config(nlohmann::json config) {
  const std::string parked = parked_subject(text_at(config, "name")) + ".>";
  config["subjects"] = {parked};
  config["subject_transform"] = {{"src", parked}, {"dest", ">"}};
  for (const char* limit : {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size"})
    config[limit] = -1;
  config["max_age"] = 0;
  config["discard"] = "old";
  // The same id may come twice in what was stored over days.
  config["duplicate_window"] = kShortestWindowNs;
  config["deny_delete"] = false;
  config["deny_purge"] = false;
  for (const char* field : {"discard_new_per_subject", "first_seq", "republish"})
    config.erase(field);
  return config;
}

}  // namespace unified::jetstream
