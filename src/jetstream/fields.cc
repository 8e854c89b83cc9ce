#include "jetstream/fields.h"

#include <algorithm>
#include <array>

#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 3> kRetention{"limits", "interest", "workqueue"};
constexpr std::array<std::string_view, 2> kDiscard{"old", "new"};
constexpr std::array<std::string_view, 2> kStorage{"file", "memory"};
constexpr std::array<std::string_view, 2> kCompression{"none", "s2"};
constexpr std::array<std::string_view, 2> kPersistMode{"default", "async"};

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kShortest = kSecond / 10;  // the server's own limit (10052)

using Kind = FieldKind;

// One row a field.
constexpr std::array kTransform{
    // Without a source everything is transformed.
    Field{.name = "src", .kind = Kind::kText, .default_json = R"(">")"},
    Field{.name = "dest", .kind = Kind::kText, .default_json = R"("")"},
};
constexpr std::array kRepublish{
    Field{.name = "src", .kind = Kind::kText, .default_json = R"(">")"},
    Field{.name = "dest", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "headers_only", .kind = Kind::kBool, .default_json = "false"},
};
constexpr std::array kExternal{
    Field{.name = "api", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "deliver", .kind = Kind::kText, .default_json = R"("")"},
};
constexpr std::array kSourceConsumer{
    Field{.name = "name", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "deliver_subject", .kind = Kind::kText, .default_json = R"("")"},
};
constexpr std::array kSource{
    Field{.name = "name", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "opt_start_seq",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = 0,
          .is_unsigned = true},
    Field{.name = "opt_start_time", .kind = Kind::kTime, .default_json = R"("")"},
    Field{.name = "filter_subject", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "subject_transforms",
          .kind = Kind::kSequence,
          .default_json = "[]",
          .since = k210,
          .members = kTransform.data(),
          .member_count = kTransform.size()},
    Field{.name = "external",
          .kind = Kind::kObject,
          .default_json = "{}",
          .members = kExternal.data(),
          .member_count = kExternal.size()},
    Field{.name = "consumer",
          .kind = Kind::kObject,
          .default_json = "{}",
          .since = k215,
          .members = kSourceConsumer.data(),
          .member_count = kSourceConsumer.size()},
};
constexpr std::array kPlacement{
    Field{.name = "cluster", .kind = Kind::kText, .default_json = R"("")"},
    Field{.name = "tags", .kind = Kind::kTags, .default_json = "[]"},
};
constexpr std::array kConsumerLimits{
    Field{.name = "inactive_threshold", .kind = Kind::kDuration, .default_json = "0", .minimum = 0},
    Field{.name = "max_ack_pending",
          .kind = Kind::kInt,
          .default_json = "0",
          .minimum = -1,
          .maximum = kInt32Max},
};

constexpr std::array kFields{
    Field{.name = "description",
          .kind = Kind::kText,
          .default_json = R"("")",
          .classify = classify_safe,
          .maximum = 4096},
    Field{.name = "mirror",
          .kind = Kind::kObject,
          .default_json = "{}",
          .classify = classify_mirror,
          .members = kSource.data(),
          .member_count = kSource.size()},
    Field{.name = "sources",
          .kind = Kind::kObjects,
          .default_json = "[]",
          .classify = classify_sources,
          .members = kSource.data(),
          .member_count = kSource.size()},
    Field{.name = "subjects", .kind = Kind::kSubjects},
    Field{.name = "subject_transform",
          .kind = Kind::kObject,
          .default_json = "{}",
          .classify = classify_safe,
          .since = k210,
          .members = kTransform.data(),
          .member_count = kTransform.size()},
    Field{.name = "retention",
          .kind = Kind::kEnum,
          .default_json = R"("limits")",
          .classify = classify_retention,
          .values = kRetention},
    Field{.name = "max_consumers",
          .kind = Kind::kInt,
          .default_json = "-1",
          .classify = classify_max_consumers,
          .maximum = kInt32Max},
    Field{.name = "max_msgs",
          .kind = Kind::kInt,
          .default_json = "-1",
          .classify = classify_max_msgs},
    Field{.name = "max_bytes",
          .kind = Kind::kSize,
          .default_json = "-1",
          .classify = classify_max_bytes},
    Field{.name = "max_age",
          .kind = Kind::kDuration,
          .default_json = "0",
          .classify = classify_max_age,
          .minimum = kShortest},
    Field{.name = "max_msgs_per_subject",
          .kind = Kind::kInt,
          .default_json = "-1",
          .classify = classify_max_msgs_per_subject},
    Field{.name = "max_msg_size",
          .kind = Kind::kSize,
          .default_json = "-1",
          .classify = classify_safe,
          .maximum = kInt32Max},
    Field{.name = "discard",
          .kind = Kind::kEnum,
          .default_json = R"("old")",
          .classify = classify_discard,
          .values = kDiscard},
    Field{.name = "discard_new_per_subject",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_safe},
    Field{.name = "storage",
          .kind = Kind::kEnum,
          .default_json = R"("file")",
          .classify = classify_storage,
          .values = kStorage},
    Field{.name = "num_replicas",
          .kind = Kind::kInt,
          .default_json = "1",
          .classify = classify_replicas,
          .classify_create = classify_replicas,
          .minimum = 1,
          .maximum = 5},
    Field{.name = "placement",
          .kind = Kind::kObject,
          .default_json = "{}",
          .classify = classify_safe,
          .members = kPlacement.data(),
          .member_count = kPlacement.size()},
    Field{.name = "duplicate_window",
          .kind = Kind::kDuration,
          .default_json = "0",
          .classify = classify_safe,
          .minimum = kShortest},
    Field{.name = "compression",
          .kind = Kind::kEnum,
          .default_json = R"("none")",
          .classify = classify_safe,
          .values = kCompression,
          .since = k210},
    Field{.name = "persist_mode",
          .kind = Kind::kEnum,
          .default_json = R"("default")",
          .classify = classify_create_only,
          .values = kPersistMode,
          .since = k212},
    Field{.name = "first_seq",
          .kind = Kind::kInt,
          .default_json = "0",
          .classify = classify_first_seq,
          .classify_create = classify_first_seq_at_birth,
          .minimum = 0,
          .is_unsigned = true,
          .since = k210},
    Field{
        .name = "no_ack", .kind = Kind::kBool, .default_json = "false", .classify = classify_safe},
    Field{.name = "allow_direct",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_safe},
    Field{.name = "mirror_direct",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_mirror_direct},
    Field{.name = "republish",
          .kind = Kind::kObject,
          .default_json = "{}",
          .classify = classify_republish,
          .members = kRepublish.data(),
          .member_count = kRepublish.size()},
    Field{.name = "consumer_limits",
          .kind = Kind::kObject,
          .default_json = "{}",
          .classify = classify_safe,
          .since = k210,
          .members = kConsumerLimits.data(),
          .member_count = kConsumerLimits.size()},
    Field{.name = "allow_rollup_hdrs",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_safe},
    Field{.name = "allow_msg_ttl",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_latch,
          .since = k211},
    Field{.name = "subject_delete_marker_ttl",
          .kind = Kind::kDuration,
          .default_json = "0",
          .classify = classify_delete_marker,
          .minimum = kSecond,
          .since = k211},
    Field{.name = "allow_msg_counter",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_create_only,
          .since = k212},
    Field{.name = "allow_msg_schedules",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_latch,
          .since = k212},
    Field{.name = "allow_atomic",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_safe,
          .since = k212},
    Field{.name = "allow_batched",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_safe,
          .since = k214},
    Field{.name = "deny_delete",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_latch},
    Field{.name = "deny_purge",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_latch},
    Field{.name = "sealed",
          .kind = Kind::kBool,
          .default_json = "false",
          .classify = classify_sealed,
          .classify_create = classify_sealed_at_birth},
    Field{.name = "metadata",
          .kind = Kind::kMap,
          .default_json = "{}",
          .classify = classify_safe,
          .maximum = std::int64_t{128} * 1024,
          .since = k210},
};

}  // namespace

std::span<const Field> stream_fields() {
  return kFields;
}

std::span<const Field> members_of(const Field& field) {
  return {field.members, field.member_count};
}

const Field* find_field(std::string_view name) {
  const auto* found = std::ranges::find(kFields, name, &Field::name);
  return found == kFields.end() ? nullptr : found;
}

std::vector<std::string_view> field_names(std::span<const Field> fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const Field& field : fields)
    names.push_back(field.name);
  return names;
}

}  // namespace unified::jetstream
