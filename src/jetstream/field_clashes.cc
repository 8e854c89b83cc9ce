#include "jetstream/field_clashes.h"

#include <array>

#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

// clang-format off
constexpr std::array kClashes{
    Clash{"mirror", "sources", "a mirror can't have sources too"},
    Clash{"mirror", "first_seq", "a mirror has the sequences of its origin, so no first_seq"},
    Clash{"mirror", "allow_msg_counter", "a mirror can't count (allow_msg_counter)"},
    Clash{"mirror", "allow_atomic", "nobody publishes to a mirror, so no allow_atomic"},
    Clash{"mirror", "allow_batched", "nobody publishes to a mirror, so no allow_batched"},
    Clash{"mirror", "allow_msg_schedules", "a mirror can't schedule (allow_msg_schedules)"},
    Clash{"mirror", "subject_delete_marker_ttl", "a mirror can't place markers (subject_delete_marker_ttl)"},
    Clash{"sources", "allow_msg_schedules", "a stream with sources can't schedule (allow_msg_schedules)"},
    Clash{"deny_purge", "allow_rollup_hdrs", "allow_rollup_hdrs needs the purge permission, so not with deny_purge"},
    Clash{"deny_purge", "subject_delete_marker_ttl", "subject_delete_marker_ttl needs the purge permission, so not with deny_purge"},
    Clash{"deny_purge", "allow_msg_schedules", "allow_msg_schedules needs the purge permission, so not with deny_purge"},
    Clash{"allow_msg_counter", "allow_msg_ttl", "a counter (allow_msg_counter) can't have allow_msg_ttl"},
    Clash{"allow_msg_counter", "subject_delete_marker_ttl", "a counter (allow_msg_counter) can't have subject_delete_marker_ttl"},
    Clash{"allow_msg_counter", "allow_msg_schedules", "a counter (allow_msg_counter) can't have allow_msg_schedules"},
    Clash{"allow_msg_counter", "discard", "a counter (allow_msg_counter) can't have discard: new"},
    Clash{"allow_msg_counter", "retention", "a counter (allow_msg_counter) needs retention: limits"},
    Clash{"persist_mode", "allow_atomic", "persist_mode: async can't have allow_atomic"},
    Clash{"persist_mode", "storage", "persist_mode: async needs storage: file"},
    Clash{"persist_mode", "num_replicas", "persist_mode: async needs num_replicas: 1"},
};
// clang-format on

}  // namespace

std::span<const Clash> field_clashes() {
  return kClashes;
}

bool takes_part(std::string_view field, const nlohmann::json& value) {
  const Field* row = find_field(field);
  return row != nullptr && is_set(*row, value);
}

}  // namespace unified::jetstream
