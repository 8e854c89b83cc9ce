#include "jetstream/migrated_consumers.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

std::int64_t sequence_at(const nlohmann::json& consumer, const char* pair, const char* which) {
  return int_at(consumer.value(pair, nlohmann::json::object()), which);
}

nlohmann::json config_in(const nlohmann::json& consumer) {
  nlohmann::json config = consumer.value("config", nlohmann::json::object());
  // 2.9 and 2.10 add the name of an ephemeral one when they restore it; the rest is the server's.
  for (const char* key : {"name", "metadata", "num_replicas"})
    config.erase(key);
  return config;
}

const nlohmann::json* named(const nlohmann::json& consumers, const std::string& name) {
  for (const nlohmann::json& consumer : consumers)
    if (text_at(consumer, "name") == name)
      return &consumer;
  return nullptr;
}

/// When nobody asks it for messages: its client is used to that.
bool ends_by_itself(const nlohmann::json& config) {
  return text_at(config, "durable_name").empty() || int_at(config, "inactive_threshold") > 0;
}

bool counts_pending(const nlohmann::json& consumer) {
  // 2.9 counts what is deleted, too, until it is restored.
  return text_at(config_in(consumer), "deliver_policy") != "last_per_subject";
}

std::optional<std::string> position_loss(const nlohmann::json& before,
                                         const nlohmann::json& after,
                                         bool may_move) {
  const ConsumerPosition was = position_of(before);
  const ConsumerPosition is = position_of(after);
  if (may_move && is.delivered_consumer > was.delivered_consumer && is.delivered >= was.delivered &&
      is.ack_floor >= was.ack_floor)
    return std::nullopt;
  const bool same_pending = is.pending == was.pending || !counts_pending(before);
  // One that never delivered may stand before the stream's first message, or right at it.
  const bool fresh = was.delivered_consumer == 0 && is.delivered_consumer == 0;
  if (fresh && same_pending)
    return std::nullopt;
  if (!same_pending || is.delivered != was.delivered)
    return fmt::format("it would be at {} with {} to come instead of at {} with {}", is.delivered,
                       is.pending, was.delivered, was.pending);
  // 2.9 writes down an older floor beside the same messages to be acknowledged.
  const bool acknowledged = may_move && is.ack_pending < was.ack_pending;
  if (is.ack_pending != was.ack_pending && !acknowledged)
    return fmt::format("{} instead of {} messages would wait for an acknowledgement",
                       is.ack_pending, was.ack_pending);
  if (is.ack_floor > was.ack_floor && !acknowledged)
    return fmt::format("its ack floor would be {} instead of {}", is.ack_floor, was.ack_floor);
  return std::nullopt;
}

}  // namespace

ConsumerPosition position_of(const nlohmann::json& consumer) {
  return {.delivered = sequence_at(consumer, "delivered", "stream_seq"),
          .delivered_consumer = sequence_at(consumer, "delivered", "consumer_seq"),
          .ack_floor = sequence_at(consumer, "ack_floor", "stream_seq"),
          .pending = int_at(consumer, "num_pending"),
          .ack_pending = int_at(consumer, "num_ack_pending")};
}

nlohmann::json settled(const nlohmann::json& consumers) {
  std::vector<nlohmann::json> list;
  for (nlohmann::json consumer : consumers) {
    for (const char* key : {"ts", "num_waiting", "push_bound", "cluster", "created", "stream_name",
                            "pause_remaining"})
      consumer.erase(key);
    for (const char* pair : {"delivered", "ack_floor"})
      if (consumer.contains(pair) && consumer[pair].is_object())
        consumer[pair].erase("last_active");
    list.push_back(std::move(consumer));
  }
  std::ranges::sort(list, {}, [](const nlohmann::json& one) { return text_at(one, "name"); });
  nlohmann::json sorted = std::move(list);
  return sorted;
}

bool have_moved_on(const nlohmann::json& before, const nlohmann::json& after) {
  return std::ranges::any_of(before, [&](const nlohmann::json& one) {
    const nlohmann::json* now = named(after, text_at(one, "name"));
    if (now == nullptr)
      return false;
    const ConsumerPosition was = position_of(one);
    const ConsumerPosition is = position_of(*now);
    return is.delivered_consumer > was.delivered_consumer || is.ack_floor > was.ack_floor ||
           is.ack_pending < was.ack_pending;
  });
}

bool is_made_anew(const nlohmann::json& consumer, MigrationMethod method) {
  const nlohmann::json config = config_in(consumer);
  return method == MigrationMethod::kLoad || is_set(config, "mem_storage");
}

std::optional<std::string> consumer_loss(const nlohmann::json& before,
                                         const nlohmann::json& after,
                                         MigrationMethod method,
                                         bool may_move) {
  for (const nlohmann::json& was : before) {
    const std::string name = text_at(was, "name");
    const bool anew = is_made_anew(was, method);
    if (anew && text_at(config_in(was), "durable_name").empty())
      continue;  // its client makes another one
    const nlohmann::json* is = named(after, name);
    if (is == nullptr) {
      if (anew && !may_move)
        continue;  // a proof: nobody made it there
      if (may_move && ends_by_itself(config_in(was)))
        continue;
      return fmt::format("consumer {} would be missing", name);
    }
    if (config_in(*is) != config_in(was))
      return fmt::format("the configuration of consumer {} would be another", name);
    const auto loss = anew ? std::nullopt : position_loss(was, *is, may_move);
    if (loss)
      return fmt::format("consumer {}: {}", name, *loss);
  }
  return std::nullopt;
}

}  // namespace unified::jetstream
