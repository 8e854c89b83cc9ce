#include "integration/field_rows.h"

namespace unified::test {

// clang-format off
std::vector<Row> feature_rows() {
  Expected trap = immutable(0);
  trap.forced_later = 0;
  Expected blocked = irreversible();
  blocked.forced = 10052;
  return {
      {"description", "", "description: words", safe(), safe(), safe()},
      {"metadata", "", "metadata: {team: a}", immutable(0), safe(), safe()},
      {"metadata-removed", R"("metadata":{"a":"b"})", "metadata: {}", keep(), safe(), safe()},
      {"placement", "", "placement: {tags: [x]}", safe(), safe(), safe()},
      {"placement-removed", R"("placement":{"tags":["x"]})", "placement: {}", safe(), safe(), safe()},
      {"no-ack", "", "no_ack: true", safe(), safe(), safe()},
      {"no-ack-off", "", "no_ack: false", safe(), safe(), safe(), 10, R"("no_ack":true)"},
      {"direct", "", "allow_direct: true", safe(), safe(), safe()},
      {"direct-off", R"("allow_direct":true)", "allow_direct: false", safe(), safe(), safe()},
      {"rollup", "", "allow_rollup_hdrs: true", safe(), safe(), safe()},
      {"rollup-off", R"("allow_rollup_hdrs":true)", "allow_rollup_hdrs: false", safe(), safe(), safe()},
      {"rollup-purge", R"("deny_purge":true)", "allow_rollup_hdrs: true", immutable(10052), immutable(10052), immutable(10052)},
      {"first-seq", "", "first_seq: 100", immutable(0), trap, trap},
      {"first-seq-off", R"("first_seq":100)", "first_seq: 0", keep(), safe(), safe()},
      {"consumer-limits", "", "consumer_limits: {max_ack_pending: 5}", immutable(0), safe(), safe()},
      {"consumer-limits-off", R"("consumer_limits":{"max_ack_pending":5})", "consumer_limits: {}", keep(), safe(), safe()},
      {"compression", "", "compression: s2", immutable(0), safe(), safe()},
      {"compression-off", R"("compression":"s2")", "compression: none", keep(), safe(), safe()},
      {"transform", "", "subject_transform: {src: %.a, dest: %.c}", immutable(0), safe(), safe()},
      {"transform-off", R"("subject_transform":{"src":"%.x","dest":"%.c"})", "subject_transform: {}", keep(), safe(), safe()},
      {"republish", "", "republish: {dest: copy.%.>}", immutable(10052), safe(), safe()},
      {"republish-changed", R"("republish":{"src":">","dest":"copy.%.>"})", "republish: {dest: other.%.>}", immutable(10052), safe(), safe()},
      {"republish-off", R"("republish":{"src":">","dest":"copy.%.>"})", "republish: {}", immutable(10052), safe(), safe()},
      {"deny-delete", "", "deny_delete: true", irreversible(), irreversible(), irreversible()},
      {"deny-delete-off", R"("deny_delete":true)", "deny_delete: false", immutable(10052), immutable(10052), immutable(10052)},
      {"deny-purge", "", "deny_purge: true", irreversible(), irreversible(), irreversible()},
      {"deny-purge-off", R"("deny_purge":true)", "deny_purge: false", immutable(10052), immutable(10052), immutable(10052)},
      {"seal", R"("max_age":3600000000000,"allow_rollup_hdrs":true)", "sealed: true, max_age: 1h, discard: old", irreversible(), irreversible(), irreversible()},
      {"unseal", "", "sealed: false", immutable(10052), immutable(10052), immutable(10052), 10, R"("sealed":true)"},
      {"msg-ttl", "", "allow_msg_ttl: true", immutable(0), immutable(0), irreversible()},
      {"msg-ttl-off", R"("allow_msg_ttl":true)", "allow_msg_ttl: false", keep(), keep(), immutable(10052)},
      {"marker", "", "subject_delete_marker_ttl: 5s", immutable(0), immutable(0), irreversible()},
      {"marker-purge", R"("deny_purge":true)", "subject_delete_marker_ttl: 5s", immutable(0), immutable(0), blocked},
      {"marker-changed", R"("subject_delete_marker_ttl":5000000000)", "subject_delete_marker_ttl: 9s", immutable(0), immutable(0), safe()},
      {"marker-off", R"("subject_delete_marker_ttl":5000000000)", "subject_delete_marker_ttl: 0", keep(), keep(), safe()},
      {"counter", "", "allow_msg_counter: true", immutable(0), immutable(0), immutable(10052)},
      {"schedules", "", "allow_msg_schedules: true", immutable(0), immutable(0), irreversible()},
      {"schedules-off", R"("allow_msg_schedules":true)", "allow_msg_schedules: false", keep(), keep(), immutable(10052)},
      {"schedules-purge", R"("deny_purge":true)", "allow_msg_schedules: true", immutable(0), immutable(0), blocked},
      {"schedules-rollup", R"("allow_msg_schedules":true)", "allow_rollup_hdrs: false", keep(), keep(), immutable(0)},
      {"persist-mode", "", "persist_mode: async", immutable(0), immutable(0), immutable(10052)},
      {"persist-atomic", R"("persist_mode":"async")", "allow_atomic: true", immutable(0), immutable(0), immutable(10052)},
      {"atomic", "", "allow_atomic: true", immutable(0), immutable(0), safe()},
      {"atomic-off", R"("allow_atomic":true)", "allow_atomic: false", keep(), keep(), safe()},
      {"batched", "", "allow_batched: true", immutable(0), immutable(0), safe()},
      {"batched-off", R"("allow_batched":true)", "allow_batched: false", keep(), keep(), safe()},
  };
}
// clang-format on

}  // namespace unified::test
