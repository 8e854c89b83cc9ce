#include "jetstream/migration_refusals.h"

#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/api_answers.h"
#include "jetstream/moved_consumers.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

std::string refused_consumers(const WantedMove& move) {
  const std::int64_t limit = int_at(move.to, "max_consumers");
  const auto there = static_cast<std::int64_t>(move.consumers.size());
  if (limit > 0 && limit < there)
    return fmt::format(
        "max_consumers {} is below the {} consumers that it has: delete some, or "
        "declare at least {}",
        limit, there, there);
  const auto filtered = names_where(move.consumers, is_filtered);
  if (!filtered.empty() && move.version < k210)
    return fmt::format(
        "nats-server {} does not load consumers whose filter_subject its stream "
        "does not have ({}), and its subjects have to be away meanwhile: upgrade "
        "the server, or delete them first",
        to_text(move.version), fmt::join(filtered, ", "));
  const auto memory = names_where(move.consumers, is_in_memory);
  if (text_at(move.from, "retention") != "limits" && !memory.empty() && move.version < k215)
    return fmt::format(
        "nats-server {} leaves consumers in memory ({}) out of its snapshots, and without them a "
        "stream with this retention drops what only they wait for; delete them first",
        to_text(move.version), fmt::join(memory, ", "));
  const auto lost = names_where(move.consumers, is_out_of_reach);
  if (!lost.empty() && move.version < k215 && move.method == MigrationMethod::kRestore)
    return fmt::format(
        "nats-server {} leaves consumers in memory out of its snapshots, and these "
        "can't be brought back to where they are: {}; delete them first",
        to_text(move.version), fmt::join(lost, ", "));
  return {};
}

/// Messages that are published again under their sequences.
std::string refused_load(const WantedMove& move) {
  if (move.method != MigrationMethod::kLoad)
    return {};
  if (text_at(move.from, "retention") != "limits")
    return fmt::format(
        "nats-server {} restores nothing into memory, and messages can be published "
        "again only into a stream with retention limits; upgrade to 2.15",
        to_text(move.version));
  for (const char* feature : {"allow_atomic", "allow_batched"})
    if (is_set(move.from, feature))
      return fmt::format(
          "nats-server {} restores nothing into memory, and with {} messages can't "
          "be published again as they are; upgrade to 2.15",
          to_text(move.version), feature);
  const auto last = names_where(move.consumers, is_last_per_subject);
  if (!last.empty())
    return fmt::format(
        "consumers with deliver_policy last_per_subject ({}) can't be brought back "
        "to where they are; delete them first",
        fmt::join(last, ", "));
  return {};
}

}  // namespace

std::string refused_stream(const nlohmann::json& config, bool clustered) {
  if (clustered)
    return "this server is part of a cluster: the other nodes would create the stream anew while "
           "it is away; back it up and restore it with the nats CLI";
  if (config.contains("mirror"))
    return "it is a mirror: delete it, and declare it anew, it fills itself";
  if (config.contains("sources"))
    return "it has sources: it would fetch their messages again; remove the sources first";
  if (is_set(config, "sealed"))
    return "it is sealed: nobody can take its subjects away meanwhile";
  for (const char* own : {"allow_msg_counter", "allow_msg_schedules"})
    if (is_set(config, own))
      return fmt::format(
          "it has {}: it would be sealed before it is replaced, and nats-server 2.12 to 2.15 does "
          "not load a sealed stream with that after a restart; declare a stream of another name "
          "and copy the messages",
          own);
  if (is_set(config, "allow_msg_ttl"))
    return "it has allow_msg_ttl: messages of it may go while it is away, and then it can't be "
           "told "
           "that none is lost; declare a stream of another name and copy them";
  if (is_set(config, "no_ack"))
    return "it has no_ack: publishers would not notice that it is away; set no_ack to false "
           "first";
  return {};
}

std::string refused_storage(std::string_view from, std::string_view to, ServerVersion version) {
  if (from == "memory" && version < k215)
    return fmt::format(
        "nats-server {} makes no snapshot of a stream in memory (since 2.15 it does): read it out "
        "with a consumer into a stream of another name, or upgrade the server",
        to_text(version));
  if (to == "memory" && version < k210)
    return fmt::format(
        "nats-server {} restores nothing into memory (10 of 10 messages are gone), and can't take "
        "messages under other subjects (since 2.10 it can): upgrade the server",
        to_text(version));
  return {};
}

/// nats-server obeys such a header when the message is published again, and refuses it.
std::string refused_record(const StoredRecord& record, const MigrationJournal& journal) {
  if (journal.method != MigrationMethod::kLoad)
    return {};
  for (const auto& [name, value] : record.headers)
    if (name.starts_with("Nats-Expected-") ||
        (name == "Nats-Rollup" && !is_set(journal.to, "allow_rollup_hdrs")))
      return fmt::format(
          "message {} has the header {}, with which it can't be published again: declare a stream "
          "of another name and copy the messages, or upgrade to 2.15, which restores into memory",
          record.sequence, name);
  return {};
}

std::string refused_move(const WantedMove& move) {
  std::string why =
      refused_storage(text_at(move.from, "storage"), text_at(move.to, "storage"), move.version);
  if (why.empty())
    why = refused_consumers(move);
  if (why.empty())
    why = refused_load(move);
  return why;
}

}  // namespace unified::jetstream
