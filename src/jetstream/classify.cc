#include "jetstream/classify.h"

#include <fmt/format.h>

#include "jetstream/fields.h"
#include "jetstream/migration_refusals.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {

Verdict immutable(std::string why) {
  return {.change = Change::kImmutable, .at_stake = {}, .why = std::move(why)};
}

namespace {

Verdict irreversible(std::string why) {
  return {.change = Change::kIrreversible, .at_stake = {}, .why = std::move(why)};
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

/// The way out that our own command may be.
std::string by_migrating(const FieldContext& context) {
  const auto& storage = *find_field("storage");
  const std::string from = value_in(storage, context.state.config);
  const std::string to = value_in(storage, context.spec.config);
  return refused_stream(context.state.config, context.clustered).empty() &&
                 refused_storage(from, to, context.version).empty()
             ? fmt::format("`unified_entrypoint migrate {}` may do it (--dry-run tells), or ",
                           context.spec.name)
             : std::string{};
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
      "{}set the old value ({}), or upgrade the server",
      to_text(context.version), by_migrating(context), context.from.dump()));
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
      fmt::format("no nats-server changes the storage of an existing stream; {}set {} again "
                  "(STORAGE_TYPE), or declare a stream of another name and subjects",
                  by_migrating(context), context.from.dump()));
}

Verdict classify_replicas(const FieldContext& context) {
  const auto wanted = context.to.get<std::int64_t>();
  if (!context.clustered && wanted > 1)
    return immutable(standalone_replicas(context.version));
  return {};
}

Verdict classify_latch(const FieldContext& context) {
  if (context.from == true)
    return immutable("no nats-server takes this back once it is true; set it to true");
  return irreversible("can't be set to false again");
}

Verdict classify_create_only(const FieldContext& context) {
  return immutable(
      fmt::format("chosen when a stream is created; set {} again, or declare a stream of another "
                  "name and subjects",
                  context.from.dump()));
}

Verdict classify_first_seq(const FieldContext& context) {
  if (context.to == 0)
    return {};
  // One that was declared with it from the beginning has been created without it for that reason.
  if (classify_first_seq_at_birth(context).change != Change::kSafe)
    return immutable(fmt::format(
        "nats-server {} drops every message of a stream with first_seq at its next start, so it is "
        "not created with it, and one that exists can't be given it; leave it out",
        to_text(context.version)));
  return immutable(fmt::format(
      "only for a stream to be created: nats-server {} accepts it for an existing one and has lost "
      "every message below it after the next restart; set {} again",
      to_text(context.version), context.from.dump()));
}

Verdict classify_first_seq_at_birth(const FieldContext& context) {
  constexpr ServerVersion kMended210{.major = 2, .minor = 10, .patch = 28};
  constexpr ServerVersion kMended211{.major = 2, .minor = 11, .patch = 2};
  const ServerVersion mended = context.version < k211 ? kMended210 : kMended211;
  const bool is_file = value_in(*find_field("storage"), context.spec.config) == "file";
  if (context.to == 0 || !is_file || context.version >= mended)
    return {};
  return immutable(fmt::format(
      "nats-server {} drops every message of a stream with first_seq at its next start (mended in "
      "{}); leave it out, or upgrade",
      to_text(context.version), to_text(mended)));
}

Verdict classify_delete_marker(const FieldContext& context) {
  if (context.to == 0 || value_in(*find_field("allow_msg_ttl"), context.state.config) == true)
    return {};
  return irreversible("the server turns allow_msg_ttl on with it, for good, and allow_rollup_hdrs");
}

Verdict classify_republish(const FieldContext& context) {
  if (context.version >= k210)
    return {};
  return immutable(fmt::format(
      "nats-server {} can't change republish of an existing stream (since 2.10 it can); set the "
      "old value ({}), or upgrade the server",
      to_text(context.version), show_value(*find_field("republish"), context.from)));
}

Verdict classify_sealed(const FieldContext& context) {
  if (context.from == true)
    return immutable("no nats-server unseals a stream; set it to true");
  return irreversible(
      "a sealed stream takes no message and drops none ever again; the server sets discard, "
      "max_age, deny_delete, deny_purge and allow_rollup_hdrs to fit");
}

Verdict classify_sealed_at_birth(const FieldContext& context) {
  if (context.to == false)
    return {};
  return immutable("no nats-server creates a sealed stream: it is sealed once it exists");
}

}  // namespace unified::jetstream
