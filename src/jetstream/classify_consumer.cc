// What servers do when the field of an existing consumer is changed (measured on 2.9.10, 2.10.27
// and 2.15.1).
#include "jetstream/classify_consumer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "jetstream/classify_filters.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

std::int64_t waiting_for(const ConsumerState& state) {
  return state.pending + state.ack_pending;
}

bool is_interest(const StreamState* stream) {
  return stream != nullptr && value_in(*find_field("retention"), stream->config) == "interest";
}

std::string position(const ConsumerState& state) {
  return fmt::format("{} delivered, {} not acknowledged, {} not delivered yet",
                     state.delivered_consumer_seq, state.ack_pending, state.pending);
}

/// A consumer that is made anew could have it.
ConsumerVerdict fixed(const ConsumerContext& context, const Field& field, std::string_view rule) {
  ConsumerVerdict verdict{immutable(fmt::format(
      "{}; set {} again, declare a consumer of another name, or "
      "RECONCILE_ALLOW=recreate deletes and creates it: {}",
      rule, show_value(field, context.from), lost_with(context.state, context.stream)))};
  verdict.at_stake = position(context.state);
  verdict.recreate_helps = true;
  return verdict;
}

/// Nor could a new one.
ConsumerVerdict refused(std::string why) {
  return {immutable(std::move(why))};
}

ConsumerVerdict lossy(std::string at_stake, std::string why) {
  return {{.change = Change::kLossy, .at_stake = std::move(at_stake), .why = std::move(why)}};
}

bool is_unknown(const Field& field, const nlohmann::json& value, ServerVersion version) {
  return is_set(field, value) && version < consumer_need(field, value).since;
}

ConsumerVerdict unknown(const Field& field, const nlohmann::json& value, ServerVersion version) {
  const Need need = consumer_need(field, value);
  return refused(
      fmt::format("nats-server {} does not know {} (since {}.{} it does); leave it out, "
                  "or upgrade",
                  to_text(version), need.name == field.name ? "it" : need.name, need.since.major,
                  need.since.minor));
}

/// 2.9 wants a limit, and more than as many deliveries; the others no less than as many.
bool backoff_fits(const nlohmann::json& backoff, std::int64_t max_deliver, ServerVersion version) {
  const auto steps = static_cast<std::int64_t>(backoff.size());
  if (steps == 0)
    return true;
  return version < k210 ? max_deliver > steps : max_deliver <= 0 || max_deliver >= steps;
}

nlohmann::json value(std::string_view name, const nlohmann::json& config) {
  return consumer_value_in(*find_consumer_field(name), config);
}

bool has_text(const nlohmann::json& text) {
  return text.is_string() && !text.get_ref<const std::string&>().empty();
}

bool is_push(const ConsumerState& state) {
  return has_text(value("deliver_subject", state.config));
}

bool backoff_fits(const nlohmann::json& config, ServerVersion version) {
  return backoff_fits(value("backoff", config), value("max_deliver", config), version);
}

ConsumerVerdict too_long_a_backoff(const nlohmann::json& config, ServerVersion version) {
  return refused(fmt::format(
      "nats-server {} wants max_deliver {} {}, the length of backoff (10116); set it so",
      to_text(version), version < k210 ? "above" : "of at least", value("backoff", config).size()));
}

ConsumerVerdict replicas(const nlohmann::json& wanted, bool clustered) {
  if (clustered || wanted <= 1)
    return {};
  return refused(
      "replicas need a cluster and this server is alone: it refuses them (10074); set "
      "num_replicas to 1, or NATS_CLUSTER_ENABLED=true on every node");
}

ConsumerVerdict classify_fixed(const Field& field, const ConsumerContext& context) {
  return fixed(context, field, "no nats-server changes it for an existing consumer (10012)");
}

ConsumerVerdict classify_filters(const Field& /*field*/, const ConsumerContext& context) {
  if (auto why = filter_clash(context))
    return refused(std::move(*why));
  const std::int64_t waiting = waiting_for(context.state);
  const auto why = dropped_by_filters(context);
  if (!why || waiting == 0)
    return {};
  return lossy(fmt::format("up to {} messages that wait for it", waiting), *why);
}

ConsumerVerdict classify_max_deliver(const Field& /*field*/, const ConsumerContext& context) {
  const nlohmann::json wanted = overlaid_consumer(context.state.config, context.spec.config);
  if (!backoff_fits(wanted, context.version))
    return too_long_a_backoff(wanted, context.version);
  const auto most = context.to.get<std::int64_t>();
  const bool lowers = most > 0 && (context.from < 0 || context.to < context.from);
  if (!lowers || context.state.ack_pending == 0)
    return {};
  return lossy(
      fmt::format("up to {} delivered messages", context.state.ack_pending),
      "those that are not acknowledged yet and were delivered that often never come again, "
      "also when it is raised again");
}

ConsumerVerdict classify_backoff(const Field& /*field*/, const ConsumerContext& context) {
  const nlohmann::json wanted = overlaid_consumer(context.state.config, context.spec.config);
  if (!backoff_fits(wanted, context.version))
    return too_long_a_backoff(wanted, context.version);
  const nlohmann::json before = value("max_deliver", context.state.config);
  if (backoff_fits(context.to, before, context.version))
    return {};
  // It can't come without a max_deliver that may have to wait.
  const Field& most = *find_consumer_field("max_deliver");
  const nlohmann::json after = value("max_deliver", wanted);
  return classify_max_deliver(most, {.from = before,
                                     .to = after,
                                     .state = context.state,
                                     .spec = context.spec,
                                     .stream = context.stream,
                                     .version = context.version,
                                     .clustered = context.clustered,
                                     .siblings = context.siblings});
}

ConsumerVerdict classify_deliver_subject(const Field& field, const ConsumerContext& context) {
  if (has_text(context.from) && has_text(context.to))
    return {};
  return fixed(context, field,
               "no nats-server makes a pull consumer a push consumer, or back (10012)");
}

ConsumerVerdict classify_push_only(const Field& field, const ConsumerContext& context) {
  if (is_push(context.state))
    return {};
  return fixed(context, field, "it is for push consumers, and this one is a pull consumer");
}

ConsumerVerdict classify_pull_only(const Field& field, const ConsumerContext& context) {
  if (!is_push(context.state))
    return {};
  return fixed(context, field, "it is for pull consumers, and this one is a push consumer");
}

ConsumerVerdict classify_inactive_threshold(const Field& field, const ConsumerContext& context) {
  const bool sooner = context.to > 0 && (context.from == 0 || context.to < context.from);
  if (!sooner)
    return {};
  const std::string when = show_value(field, context.to);
  const std::int64_t waiting = waiting_for(context.state);
  if (is_interest(context.stream))
    return lossy(waiting > 0 ? fmt::format("up to {} messages that wait for it", waiting)
                             : "what is published without it",
                 fmt::format("the server deletes the consumer, and what an interest stream keeps "
                             "for it, after {} without a client",
                             when));
  // Its position; one that has none yet begins where it did.
  const bool begins_at_first = value("deliver_policy", context.state.config) == "all";
  if (context.state.delivered_consumer_seq == 0 && (waiting == 0 || begins_at_first))
    return {};
  return lossy(position(context.state),
               fmt::format("the server deletes the consumer after {} without a client", when));
}

ConsumerVerdict classify_replicas_of(const Field& /*field*/, const ConsumerContext& context) {
  return replicas(context.to, context.clustered);
}

ConsumerVerdict classify_mem_storage(const Field& field, const ConsumerContext& context) {
  if (context.version >= k211)
    return fixed(context, field,
                 fmt::format("nats-server {} does not move the state of a consumer (10012)",
                             to_text(context.version)));
  if (context.to == false)
    return fixed(context, field,
                 fmt::format("nats-server {} accepts it, writes no file, and does not know the "
                             "consumer after its next start",
                             to_text(context.version)));
  if (context.state.delivered_consumer_seq == 0)
    return {};
  return lossy(position(context.state), "its position is lost with the next start of the server");
}

ConsumerVerdict classify_pause(const Field& /*field*/, const ConsumerContext& context) {
  return refused(
      fmt::format("for a consumer to be created: nats-server {} accepts it for an existing one and "
                  "changes nothing; `nats consumer pause` and `nats consumer resume` do",
                  to_text(context.version)));
}

using Rule = ConsumerVerdict (*)(const Field&, const ConsumerContext&);
struct Named {
  std::string_view field;
  Rule rule;
};

// Fields that are not here can be changed at any time.
constexpr std::array kRules{
    Named{"deliver_policy", classify_fixed},
    Named{"opt_start_seq", classify_fixed},
    Named{"opt_start_time", classify_fixed},
    Named{"ack_policy", classify_fixed},
    Named{"max_deliver", classify_max_deliver},
    Named{"backoff", classify_backoff},
    Named{"filter_subjects", classify_filters},
    Named{"replay_policy", classify_fixed},
    Named{"rate_limit_bps", classify_push_only},
    Named{"max_waiting", classify_fixed},
    Named{"flow_control", classify_fixed},
    Named{"idle_heartbeat", classify_fixed},
    Named{"deliver_subject", classify_deliver_subject},
    Named{"inactive_threshold", classify_inactive_threshold},
    Named{"num_replicas", classify_replicas_of},
    Named{"mem_storage", classify_mem_storage},
    Named{"pause_until", classify_pause},
    Named{"priority_policy", classify_pull_only},
    Named{"priority_groups", classify_pull_only},
    Named{"priority_timeout", classify_pull_only},
};

}  // namespace

ConsumerVerdict classify_consumer_field(const Field& field, const ConsumerContext& context) {
  if (is_unknown(field, context.to, context.version))
    return unknown(field, context.to, context.version);
  const auto* found = std::ranges::find(kRules, field.name, &Named::field);
  ConsumerVerdict verdict = found == kRules.end() ? ConsumerVerdict{} : found->rule(field, context);
  // 2.9 takes every start time for another one.
  const bool is_frozen =
      context.version < k210 && value("deliver_policy", context.state.config) == "by_start_time";
  if (is_frozen && verdict.change != Change::kImmutable)
    return fixed(context, field,
                 fmt::format("nats-server {} changes nothing of a consumer with opt_start_time "
                             "(10012; since 2.10 it does)",
                             to_text(context.version)));
  return verdict;
}

std::string lost_with(const ConsumerState& state, const StreamState* stream) {
  std::string text = fmt::format("its position is lost ({})", position(state));
  if (is_interest(stream) && waiting_for(state) > 0)
    text += fmt::format(", and up to {} messages that nobody else waits for", waiting_for(state));
  return text;
}

ConsumerVerdict classify_consumer_creation(const Field& field,
                                           const nlohmann::json& config,
                                           ServerVersion version,
                                           bool clustered) {
  const nlohmann::json wanted = consumer_value_in(field, config);
  if (is_unknown(field, wanted, version))
    return unknown(field, wanted, version);
  if (field.name == "num_replicas")
    return replicas(wanted, clustered);
  if (field.name == "backoff" && !backoff_fits(config, version))
    return too_long_a_backoff(config, version);
  return {};
}

}  // namespace unified::jetstream
