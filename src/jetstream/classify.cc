#include "jetstream/classify.h"

#include <fmt/format.h>

namespace unified::jetstream {
namespace {

constexpr ServerVersion k210{.major = 2, .minor = 10, .patch = 0};
constexpr ServerVersion k214{.major = 2, .minor = 14, .patch = 0};

Verdict immutable(std::string why) {
  return {.change = Change::kImmutable, .at_stake = {}, .why = std::move(why)};
}

std::string standalone_replicas(ServerVersion version) {
  const std::string_view behaviour =
      version < k214 ? "nats-server {} accepts it and loses the stream at its next start"
                     : "nats-server {} refuses it (10074)";
  return fmt::format(
      "replicas need a cluster and this server is alone: {}; set num_replicas to 1 "
      "(STREAM_REPLICAS=1), or NATS_CLUSTER_ENABLED=true on every node",
      fmt::format(fmt::runtime(behaviour), to_text(version)));
}

}  // namespace

Verdict classify_safe(const FieldContext& /*context*/) {
  return {};
}

Verdict classify_max_consumers(const FieldContext& context) {
  if (context.version >= k214)
    return {};
  return immutable(fmt::format(
      "nats-server {} can't change max_consumers of an existing stream (since 2.14 it can); "
      "set the old value ({}), or upgrade the server",
      to_text(context.version), context.from.dump()));
}

Verdict classify_retention(const FieldContext& context) {
  if (context.version < k210)
    return immutable(
        fmt::format("nats-server {} can't change retention (since 2.10 it can); "
                    "set {} again, or upgrade the server",
                    to_text(context.version), context.from.dump()));
  if (context.from == "workqueue" || context.to == "workqueue")
    return immutable(
        fmt::format("no nats-server changes retention to or from workqueue; "
                    "set {} again, or declare a stream of another name and subjects",
                    context.from.dump()));
  if (context.to == "limits")
    return {};
  Verdict verdict{.change = Change::kLossy,
                  .at_stake = {},
                  .why =
                      "interest keeps only what a consumer still waits for, and stores nothing "
                      "while there is no consumer"};
  if (context.state.messages > 0)
    verdict.at_stake = fmt::format("up to {0:} of {0:} messages", context.state.messages);
  return verdict;
}

Verdict classify_storage(const FieldContext& context) {
  return immutable(
      fmt::format("no nats-server changes the storage of an existing stream; set {} again "
                  "(STORAGE_TYPE), or declare a stream of another name and subjects",
                  context.from.dump()));
}

Verdict classify_replicas(const FieldContext& context) {
  const auto wanted = context.to.get<std::int64_t>();
  if (!context.clustered && wanted > 1)
    return immutable(standalone_replicas(context.version));
  return {};
}

Verdict classify_deny(const FieldContext& context) {
  if (context.from == true)
    return immutable("no nats-server takes this back once it is true; set it to true");
  return {.change = Change::kIrreversible, .at_stake = {}, .why = "can't be set to false again"};
}

}  // namespace unified::jetstream
