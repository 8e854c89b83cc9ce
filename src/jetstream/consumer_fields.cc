#include "jetstream/consumer_fields.h"

#include <algorithm>
#include <array>

#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 6> kDeliverPolicy{
    "all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject"};
constexpr std::array<std::string_view, 3> kAckPolicy{"none", "all", "explicit"};
constexpr std::array<std::string_view, 2> kReplayPolicy{"instant", "original"};
constexpr std::array<std::string_view, 4> kPriorityPolicy{"none", "overflow", "pinned_client",
                                                          "prioritized"};

constexpr std::int64_t kMostInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMillisecond = 1'000'000;

using Kind = FieldKind;

// One row a field. Which of them a server changes: classify_consumer.cc. A default of 0 is the
// server's choice where it has one: consumer_value_in() knows which.
constexpr std::array kConsumerFields{
    Field{.name = "description", .kind = Kind::kText, .default_json = R"("")", .maximum = 4096},
    Field{.name = "deliver_policy",
          .kind = Kind::kEnum,
          .default_json = R"("all")",
          .values = kDeliverPolicy},
    Field{.name = "opt_start_seq",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .is_unsigned = true},
    Field{.name = "opt_start_time", .kind = Kind::kTime, .default_json = R"("")"},
    Field{.name = "ack_policy",
          .kind = Kind::kEnum,
          .default_json = R"("none")",
          .values = kAckPolicy},
    Field{.name = "ack_wait", .kind = Kind::kDuration, .default_json = "0", .minimum = 0},
    Field{.name = "max_deliver", .kind = Kind::kInt, .default_json = "-1", .maximum = kMostInt32},
    Field{.name = "backoff", .kind = Kind::kDurations, .default_json = "[]", .minimum = 0},
    Field{.name = "filter_subjects", .kind = Kind::kTags, .default_json = "[]"},
    Field{.name = "replay_policy",
          .kind = Kind::kEnum,
          .default_json = R"("instant")",
          .values = kReplayPolicy},
    Field{.name = "rate_limit_bps",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .is_unsigned = true},
    Field{.name = "sample_freq", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "max_waiting",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .maximum = kMostInt32},
    Field{
        .name = "max_ack_pending", .kind = Kind::kInt, .default_json = "0", .maximum = kMostInt32},
    Field{.name = "flow_control", .kind = Kind::kBool, .default_json = "false"},
    Field{.name = "idle_heartbeat",
          .kind = Kind::kDuration,
          .default_json = "0",
          .minimum = 100 * kMillisecond},
    Field{.name = "headers_only", .kind = Kind::kBool, .default_json = "false"},
    Field{.name = "max_batch",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .maximum = kMostInt32},
    Field{.name = "max_expires",
          .kind = Kind::kDuration,
          .default_json = "0",
          .minimum = kMillisecond},
    Field{.name = "max_bytes",
          .kind = Kind::kSize,
          .default_json = "0",
          .minimum = 0,
          .maximum = kMostInt32},
    Field{.name = "deliver_subject", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "deliver_group", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "inactive_threshold", .kind = Kind::kDuration, .default_json = "0", .minimum = 0},
    Field{.name = "num_replicas",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .maximum = 5},
    Field{.name = "mem_storage", .kind = Kind::kBool, .default_json = "false"},
    Field{.name = "metadata",
          .kind = Kind::kMap,
          .default_json = "{}",
          .maximum = std::int64_t{128} * 1024,
          .since = k210},
    Field{.name = "pause_until", .kind = Kind::kTime, .default_json = R"("")", .since = k211},
    Field{.name = "priority_policy",
          .kind = Kind::kEnum,
          .default_json = R"("none")",
          .values = kPriorityPolicy,
          .since = k211},
    Field{.name = "priority_groups", .kind = Kind::kTags, .default_json = "[]", .since = k211},
    Field{.name = "priority_timeout",
          .kind = Kind::kDuration,
          .default_json = "0",
          .minimum = 0,
          .since = k211},
};

}  // namespace

std::span<const Field> consumer_fields() {
  return kConsumerFields;
}

const Field* find_consumer_field(std::string_view name) {
  const auto* found = std::ranges::find(kConsumerFields, name, &Field::name);
  return found == kConsumerFields.end() ? nullptr : found;
}

}  // namespace unified::jetstream
