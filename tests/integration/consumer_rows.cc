#include "integration/consumer_rows.h"

namespace unified::test {
namespace {

using Expect = ConsumerExpected;
using jetstream::Change;

Expect safe() {
  return {};
}
Expect lossy(int left = -1) {
  return {.change = Change::kLossy, .left = left};
}
Expect refused(int code) {
  return {.change = Change::kImmutable, .refused = code, .echoed = false};
}
/// The server says yes, and does something else.
Expect trap(Expect::After after, bool echoed = true) {
  return {.change = Change::kImmutable, .refused = 0, .echoed = echoed, .left = -1, .after = after};
}
/// What a server does not know is not sent to it: it would say yes.
Expect unknown() {
  return trap(Expect::After::kSame, false);
}

}  // namespace

// clang-format off
std::vector<ConsumerRow> consumer_rows() {
  using After = Expect::After;
  const std::string acks = R"("ack_policy":"explicit")";
  const std::string push = acks + R"(,"deliver_subject":"deliver.%")";
  const std::string timed = acks + R"(,"deliver_policy":"by_start_time","opt_start_time":"2021-01-01T00:00:00Z")";
  const std::string only_a = acks + R"(,"filter_subject":"%.a")";
  const std::string pinned = R"("priority_policy":"pinned_client","priority_groups":["g"])";
  const Expect lost{.change = Change::kLossy, .left = -1, .after = After::kAnew};
  return {
      {"description", acks, R"("description":"other")", safe(), safe(), safe()},
      {"deliver-policy", acks, R"("deliver_policy":"new")", refused(10012), refused(10012), refused(10012)},
      {"start-seq", acks + R"(,"deliver_policy":"by_start_sequence","opt_start_seq":1)", R"("opt_start_seq":2)", refused(10012), refused(10012), refused(10012)},
      {"start-time", timed, R"("opt_start_time":"2022-01-01T00:00:00Z")", refused(10012), refused(10012), refused(10012)},
      {"frozen-by-start-time", timed, R"("description":"other")", refused(10012), safe(), safe()},
      {"ack-policy", acks, R"("ack_policy":"all")", refused(10012), refused(10012), refused(10012)},
      {"ack-wait", acks, R"("ack_wait":60000000000)", safe(), safe(), safe()},
      {"ack-wait-default", acks + R"(,"ack_wait":60000000000)", R"("ack_wait":0)", safe(), safe(), safe()},
      {"max-deliver", acks, R"("max_deliver":1)", lossy(), lossy(), lossy()},
      {"max-deliver-raised", acks + R"(,"max_deliver":3)", R"("max_deliver":5)", safe(), safe(), safe()},
      {"max-deliver-default", acks + R"(,"max_deliver":3)", R"("max_deliver":0)", safe(), safe(), safe()},
      {"backoff", acks + R"(,"max_deliver":3)", R"("backoff":[60000000000,90000000000])", safe(), safe(), safe()},
      {"backoff-for-ever", acks, R"("backoff":[60000000000])", refused(10116), safe(), safe()},
      {"backoff-as-long", acks + R"(,"max_deliver":2)", R"("backoff":[60000000000,90000000000])", refused(10116), safe(), safe()},
      {"backoff-longer", acks + R"(,"max_deliver":1)", R"("backoff":[60000000000,90000000000])", refused(10116), refused(10116), refused(10116)},
      {"backoff-none", acks + R"(,"max_deliver":3,"backoff":[60000000000])", R"("backoff":[])", safe(), safe(), safe()},
      {"filter", acks, R"("filter_subject":"%.a")", safe(), safe(), safe()},
      {"filter-other", only_a, R"("filter_subject":"%.b")", safe(), safe(), safe()},
      {"filter-none", only_a, R"("filter_subjects":[])", safe(), safe(), safe()},
      {"filters", only_a, R"("filter_subjects":["%.a","%.b"])", unknown(), safe(), safe()},
      {"interest-narrower", acks, R"("filter_subject":"%.a")", lossy(), lossy(4), lossy(4), "interest"},
      {"interest-wider", only_a, R"("filter_subjects":[])", safe(), safe(), safe(), "interest"},
      {"interest-other", only_a, R"("filter_subject":"%.b")", lossy(), lossy(0), lossy(0), "interest"},
      {"work-narrower", acks, R"("filter_subject":"%.a")", lossy(), lossy(), lossy(), "workqueue"},
      {"work-other", only_a, R"("filter_subject":"%.b")", lossy(), lossy(), lossy(), "workqueue"},
      {"work-wider", only_a, R"("filter_subjects":[])", safe(), safe(), safe(), "workqueue"},
      {"work-taken", only_a, R"("filter_subject":"%.*")", trap(After::kSame), refused(10100), refused(10100), "workqueue+"},
      {"work-all-taken", only_a, R"("filter_subjects":[])", trap(After::kGone), trap(After::kGone), trap(After::kGone), "workqueue+"},
      {"replay", acks, R"("replay_policy":"original")", refused(10012), refused(10012), refused(10012)},
      {"rate-on-pull", acks, R"("rate_limit_bps":1000)", refused(10086), refused(10086), refused(10086)},
      {"rate", push, R"("rate_limit_bps":1000)", safe(), safe(), safe()},
      {"sample", acks, R"("sample_freq":"50%%")", safe(), safe(), safe()},
      {"max-waiting", acks, R"("max_waiting":10)", refused(10012), refused(10012), refused(10012)},
      {"max-ack-pending", acks, R"("max_ack_pending":1)", safe(), safe(), safe()},
      {"max-ack-pending-none", acks, R"("max_ack_pending":-1)", safe(), safe(), safe()},
      {"flow-control", push + R"(,"idle_heartbeat":1000000000)", R"("flow_control":true)", refused(10012), refused(10012), refused(10012)},
      {"heartbeat", push, R"("idle_heartbeat":1000000000)", refused(10012), refused(10012), refused(10012)},
      {"headers-only", acks, R"("headers_only":true)", safe(), safe(), safe()},
      {"max-batch", acks, R"("max_batch":5,"max_expires":1000000000,"max_bytes":1000)", safe(), safe(), safe()},
      {"deliver-elsewhere", push, R"("deliver_subject":"elsewhere.%")", safe(), safe(), safe()},
      {"pull-to-push", acks, R"("deliver_subject":"deliver.%","max_waiting":0)", refused(10012), refused(10012), refused(10012)},
      {"push-to-pull", push, R"("deliver_subject":"")", refused(10012), refused(10012), refused(10012)},
      {"deliver-group", push, R"("deliver_group":"g")", safe(), safe(), safe()},
      {"inactive", acks, R"("inactive_threshold":3600000000000)", lossy(), lossy(), lossy()},
      {"inactive-interest", acks, R"("inactive_threshold":3600000000000)", lossy(), lossy(), lossy(), "interest"},
      {"replicas", acks, R"("num_replicas":3)", refused(10074), refused(10074), refused(10074)},
      {"replicas-one", acks + R"(,"num_replicas":0)", R"("num_replicas":1)", {.change = Change::kKeep}, {.change = Change::kKeep}, {.change = Change::kKeep}},
      {"to-memory", acks, R"("mem_storage":true)", lost, lost, refused(10012)},
      {"to-file", acks + R"(,"mem_storage":true)", R"("mem_storage":false)", trap(After::kGone), trap(After::kGone), {.change = Change::kImmutable, .refused = 10012, .echoed = false, .after = After::kGone}},
      {"metadata", acks, R"("metadata":{"a":"b"})", unknown(), safe(), safe()},
      {"pause", acks, R"("pause_until":"2035-01-01T00:00:00Z")", unknown(), unknown(), trap(After::kSame, false)},
      {"priority", acks, pinned, unknown(), unknown(), safe()},
      {"priority-none", acks + "," + pinned, R"("priority_policy":"none","priority_groups":[])", {.change = Change::kKeep}, {.change = Change::kKeep}, safe()},
      {"priority-on-push", push, pinned, unknown(), unknown(), refused(10178)},
  };
}

std::vector<std::string> consumer_meanings() {
  const std::string acks = R"("ack_policy":"explicit")";
  return {
      "",
      acks,
      acks + R"(,"ack_wait":0,"max_deliver":0,"max_ack_pending":0,"max_waiting":0,"inactive_threshold":0,"num_replicas":0)",
      acks + R"(,"ack_wait":30000000000,"max_deliver":-1,"max_ack_pending":1000,"max_waiting":512,"num_replicas":1)",
      acks + R"(,"max_ack_pending":-1,"max_batch":0,"max_expires":0,"max_bytes":0,"headers_only":false)",
      acks + R"(,"description":"","sample_freq":"","backoff":[],"metadata":{},"filter_subjects":[])",
      acks + R"(,"filter_subject":"%.a")",
      acks + R"(,"filter_subjects":["%.a"])",
      acks + R"(,"filter_subjects":[">"])",
      acks + R"(,"deliver_policy":"last_per_subject","filter_subject":">")",
      acks + R"(,"sample_freq":"100%%")",
      acks + R"(,"sample_freq":"0")",
      acks + R"(,"max_deliver":3,"backoff":[1000000000,2000000000])",
      acks + R"(,"max_deliver":3,"backoff":[1000000000,2000000000],"ack_wait":1000000000)",
      acks + R"(,"deliver_policy":"by_start_time","opt_start_time":"2021-01-01T01:00:00+01:00")",
      acks + R"(,"deliver_policy":"by_start_sequence","opt_start_seq":3)",
      acks + R"(,"deliver_subject":"deliver.%","idle_heartbeat":1000000000,"flow_control":true,"max_waiting":0)",
      acks + R"(,"deliver_subject":"deliver.%","deliver_group":"g","rate_limit_bps":1000)",
      R"("ack_policy":"none","ack_wait":5000000000,"max_ack_pending":0)",
      R"("ack_policy":"none","deliver_subject":"deliver.%")",
      acks + R"(,"pause_until":"","priority_policy":"none","priority_groups":[],"priority_timeout":0)",
      acks + R"(,"mem_storage":true,"inactive_threshold":3600000000000)",
  };
}

std::vector<std::string> young_consumer_meanings() {
  const std::string acks = R"("ack_policy":"explicit")";
  return {
      acks + R"(,"filter_subjects":["%.b","%.a"])",
      acks + R"(,"backoff":[1000000000,2000000000])",
      acks + R"(,"metadata":{"a":"b"})",
  };
}
// clang-format on

}  // namespace unified::test
