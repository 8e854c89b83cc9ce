#include "integration/field_rows.h"

namespace unified::test {

// clang-format off
std::vector<Row> limit_rows() {
  constexpr int kSome = Expected::kSome;
  Expected at_restart = lossy(10);
  at_restart.later = 2;
  Expected trap = immutable(0);
  trap.forced_later = Expected::kGone;
  // The wider one stays, and what it captures can't be captured twice.
  const Expected narrowed = immutable(Expected::kNotAsked);
  return {
      {"limits-raised", R"("max_msgs":100,"max_bytes":100000)", "max_msgs: 1000, max_bytes: 1MB", safe(), safe(), safe()},
      {"max-msgs", "", "max_msgs: 3", lossy(3), lossy(3), lossy(3)},
      {"max-msgs-discard-new", R"("discard":"new")", "max_msgs: 3, discard: new", lossy(3), lossy(10), lossy(10)},
      {"max-bytes", "", "max_bytes: 200", lossy(kSome), lossy(kSome), lossy(kSome)},
      {"max-bytes-discard-new", R"("discard":"new")", "max_bytes: 200", lossy(kSome), lossy(10), lossy(10)},
      {"max-age", "", "max_age: 100ms, duplicate_window: 100ms", lossy(0), lossy(0), lossy(0)},
      {"max-age-beyond", "", "max_age: 1h", lossy(10), lossy(10), lossy(10)},
      {"max-age-below-window", R"("max_age":3600000000000,"duplicate_window":1800000000000)", "max_age: 10m", lossy(10), lossy(10), lossy(10)},
      {"max-msg-size", "", "max_msg_size: 1", safe(), safe(), safe()},
      {"per-subject", R"("max_msgs_per_subject":5)", "max_msgs_per_subject: 2", lossy(4), lossy(4), lossy(4)},
      {"per-subject-set", "", "max_msgs_per_subject: 1", at_restart, at_restart, lossy(2)},
      {"discard-new", "", "discard: new", safe(), safe(), safe()},
      {"discard-old", R"("discard":"new")", "discard: old", safe(), safe(), safe()},
      {"discard-per-subject", R"("discard":"new","max_msgs_per_subject":20)", "discard_new_per_subject: true, discard: new, max_msgs_per_subject: 20", safe(), safe(), safe()},
      {"storage", "", "storage: memory", immutable(10052), immutable(10052), immutable(10052)},
      {"replicas", "", "num_replicas: 3", trap, trap, immutable(10074)},
      {"window", "", "duplicate_window: 30s", safe(), safe(), safe()},
      {"max-consumers", "", "max_consumers: 5", immutable(10052), immutable(10052), safe()},
      {"to-interest", "", "retention: interest", immutable(10052), lossy(10), lossy(0)},
      {"to-limits", R"("retention":"interest")", "retention: limits", immutable(10052, 0), safe(0), safe(0), 0},
      {"to-workqueue", "", "retention: workqueue", immutable(10052), immutable(10052), immutable(10052)},
      {"from-workqueue", R"("retention":"workqueue")", "retention: limits", immutable(10052), immutable(10052), immutable(10052)},
      {"subjects-added", "", "subjects: [%.>, more.%]", safe(), safe(), safe()},
      {"subjects-removed", R"("subjects":["%.>","less.%"])", "subjects: [%.>]", lossy(10), lossy(10), lossy(10)},
      {"subjects-narrowed", "", "subjects: [%.a]", narrowed, narrowed, narrowed},
      {"subjects-taken", "", "subjects: [%.>, ORIGIN.a]", immutable(10065), immutable(10065), immutable(10065)},
  };
}
// clang-format on

}  // namespace unified::test
