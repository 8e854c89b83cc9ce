#include "integration/field_rows.h"

namespace unified::test {

// clang-format off
std::vector<Row> origin_rows() {
  // Without permission its subjects can't be had either.
  const Expected promoted = immutable(Expected::kNotAsked);
  return {
      {"mirror-added", "", "subjects: [], mirror: ORIGIN", immutable(10055), immutable(10055), immutable(10055)},
      {"mirror-other", R"("subjects":null,"mirror":{"name":"ORIGIN"})", "subjects: [], mirror: OTHER", immutable(10055), immutable(10055), immutable(10055)},
      {"mirror-filter", R"("subjects":null,"mirror":{"name":"ORIGIN"})", "subjects: [], mirror: {name: ORIGIN, filter_subject: ORIGIN.a}", immutable(10055), immutable(10055), immutable(10055)},
      {"mirror-promoted", R"("subjects":null,"mirror":{"name":"ORIGIN"})", "subjects: [%.>], mirror: {}", immutable(10055), immutable(10055), promoted},
      {"mirror-direct", R"("subjects":null,"mirror":{"name":"ORIGIN"})", "subjects: [], mirror: ORIGIN, mirror_direct: true", immutable(0), immutable(0), immutable(0)},
      {"mirror-kept", R"("subjects":null,"mirror":{"name":"ORIGIN","opt_start_time":"2026-01-01T02:00:00.50+02:00"})", "subjects: [], mirror: {name: ORIGIN, opt_start_time: '2026-01-01T00:00:00.5Z'}", keep(), keep(), keep()},
      {"mirror-words", R"("subjects":null,"mirror":{"name":"ORIGIN"})", "subjects: [], mirror: ORIGIN, description: words", safe(), safe(), safe()},
      {"sources-added", "", "sources: [ORIGIN]", safe(20), safe(20), safe(20)},
      {"sources-removed", R"("sources":[{"name":"ORIGIN"}])", "sources: []", lossy(20), lossy(20), lossy(20), 20},
      {"sources-swapped", R"("subjects":null,"sources":[{"name":"ORIGIN"}])", "subjects: [], sources: [OTHER]", lossy(20), lossy(20), lossy(20)},
      {"sources-order", R"("subjects":null,"sources":[{"name":"ORIGIN"},{"name":"OTHER"}])", "subjects: [], sources: [OTHER, ORIGIN]", keep(20), keep(20), keep(20), 20},
      {"sources-window", R"("subjects":null,"sources":[{"name":"ORIGIN"}])", "subjects: [], sources: [ORIGIN], duplicate_window: 2m", keep(), keep(), safe()},
  };
}

std::vector<Row> meaning_rows() {
  return {
      {"zero-limits", R"("max_msgs":0,"max_bytes":0,"max_consumers":0,"max_msg_size":0,"max_msgs_per_subject":0)", "max_msgs: -1, max_bytes: -1, max_consumers: 0, max_msg_size: -1, max_msgs_per_subject: -1", keep(), keep(), keep()},
      {"odd-limits", R"("max_bytes":-5)", "max_bytes: -1", keep(), keep(), keep()},
      {"defaults", "", "retention: limits, storage: file, discard: old, num_replicas: 1, max_age: 0, no_ack: false, sealed: false, deny_delete: false, deny_purge: false, allow_direct: false, mirror_direct: false, first_seq: 0, compression: none, persist_mode: default, allow_msg_ttl: false, allow_msg_counter: false, description: '', placement: {}, republish: {}, metadata: {}, sources: [], consumer_limits: {}", keep(), keep(), keep()},
      {"window-by-age", R"("max_age":60000000000)", "max_age: 1m, duplicate_window: 1m", keep(), keep(), keep()},
      {"window-by-server", "", "duplicate_window: 0", keep(), keep(), keep()},
      {"subject-order", R"("subjects":["%.a","%.b"])", "subjects: [%.b, %.a]", keep(), keep(), keep()},
      {"republish-all", R"("republish":{"dest":"copy.%.>"})", "republish: {src: '>', dest: copy.%.>}", keep(), keep(), keep()},
      {"transform-all", R"("subject_transform":{"src":"","dest":"%.>"})", "subject_transform: {src: '>', dest: '%.>'}", immutable(0), keep(), keep()},
      {"server-metadata", R"("metadata":{"team":"a"})", "metadata: {team: a}", immutable(0), keep(), keep()},
      {"tags-order", R"("placement":{"tags":["x","y"]})", "placement: {tags: [y, x]}", keep(), keep(), keep()},
      {"first-seq-one", "", "first_seq: 1", keep(), keep(), keep()},
      {"marker-kept", R"("subject_delete_marker_ttl":5000000000)", "subject_delete_marker_ttl: 5s", immutable(0), immutable(0), keep()},
      {"schedules-kept", R"("allow_msg_schedules":true)", "allow_msg_schedules: true", immutable(0), immutable(0), keep()},
      {"sealed-kept", R"("max_age":3600000000000)", "sealed: true, max_age: 1h, discard: old, deny_purge: false", keep(), keep(), keep(), 10, R"("sealed":true)"},
  };
}
// clang-format on

}  // namespace unified::test
