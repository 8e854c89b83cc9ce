#include "jetstream/nack_names.h"

#include <array>

namespace unified::jetstream {
namespace {

constexpr std::array<FieldName, 2> kTransformNames{{{"source", "src"}, {"dest", "dest"}}};
constexpr std::array<FieldName, 2> kRepublishNames{{{"source", "src"}, {"destination", "dest"}}};
constexpr std::array<FieldName, 7> kSourceNames{{
    {"name", "name"},
    {"optStartSeq", "opt_start_seq"},
    {"optStartTime", "opt_start_time"},
    {"filterSubject", "filter_subject"},
    {"externalApiPrefix", "external.api"},
    {"externalDeliverPrefix", "external.deliver"},
    {"subjectTransforms", "subject_transforms", kTransformNames},
}};
constexpr std::array<FieldName, 2> kLimitNames{
    {{"inactiveThreshold", "inactive_threshold"}, {"maxAckPending", "max_ack_pending"}}};

constexpr std::array<FieldName, 36> kNackStreamNames{{
    {"description", "description"},
    {"subjects", "subjects"},
    {"retention", "retention"},
    {"maxConsumers", "max_consumers"},
    {"maxMsgs", "max_msgs"},
    {"maxBytes", "max_bytes"},
    {"maxAge", "max_age"},
    {"maxMsgsPerSubject", "max_msgs_per_subject"},
    {"maxMsgSize", "max_msg_size"},
    {"storage", "storage"},
    {"replicas", "num_replicas"},
    {"noAck", "no_ack"},
    {"discard", "discard"},
    {"discardPerSubject", "discard_new_per_subject"},
    {"duplicateWindow", "duplicate_window"},
    {"placement", "placement"},
    {"mirror", "mirror", kSourceNames},
    {"sources", "sources", kSourceNames},
    {"compression", "compression"},
    {"subjectTransform", "subject_transform", kTransformNames},
    {"republish", "republish", kRepublishNames},
    {"sealed", "sealed"},
    {"denyDelete", "deny_delete"},
    {"denyPurge", "deny_purge"},
    {"allowDirect", "allow_direct"},
    {"allowRollup", "allow_rollup_hdrs"},
    {"mirrorDirect", "mirror_direct"},
    {"firstSequence", "first_seq"},
    {"consumerLimits", "consumer_limits", kLimitNames},
    {"metadata", "metadata"},
    {"allowMsgTtl", "allow_msg_ttl"},
    {"subjectDeleteMarkerTtl", "subject_delete_marker_ttl"},
    {"allowMsgCounter", "allow_msg_counter"},
    {"allowAtomicPublish", "allow_atomic"},
    {"allowMsgSchedules", "allow_msg_schedules"},
    {"persistMode", "persist_mode"},
}};

constexpr std::array<FieldName, 31> kNackConsumerNames{{
    {"description", "description"},
    {"deliverPolicy", "deliver_policy"},
    {"optStartSeq", "opt_start_seq"},
    {"optStartTime", "opt_start_time"},
    {"ackPolicy", "ack_policy"},
    {"ackWait", "ack_wait"},
    {"maxDeliver", "max_deliver"},
    {"backoff", "backoff"},
    {"filterSubject", "filter_subject"},
    {"filterSubjects", "filter_subjects"},
    {"replayPolicy", "replay_policy"},
    {"rateLimitBps", "rate_limit_bps"},
    {"sampleFreq", "sample_freq"},
    {"maxWaiting", "max_waiting"},
    {"maxAckPending", "max_ack_pending"},
    {"flowControl", "flow_control"},
    {"heartbeatInterval", "idle_heartbeat"},
    {"headersOnly", "headers_only"},
    {"maxRequestBatch", "max_batch"},
    {"maxRequestExpires", "max_expires"},
    {"maxRequestMaxBytes", "max_bytes"},
    {"deliverSubject", "deliver_subject"},
    {"deliverGroup", "deliver_group"},
    {"inactiveThreshold", "inactive_threshold"},
    {"replicas", "num_replicas"},
    {"memStorage", "mem_storage"},
    {"metadata", "metadata"},
    {"pauseUntil", "pause_until"},
    {"priorityPolicy", "priority_policy"},
    {"priorityGroups", "priority_groups"},
    {"pinnedTtl", "priority_timeout"},
}};

constexpr std::array<FieldName, 11> kNackKvNames{{
    {"description", "description"},
    {"history", "max_msgs_per_subject"},
    {"ttl", "max_age"},
    {"maxValueSize", "max_msg_size"},
    {"maxBytes", "max_bytes"},
    {"storage", "storage"},
    {"replicas", "num_replicas"},
    {"placement", "placement"},
    {"republish", "republish", kRepublishNames},
    {"mirror", "mirror", kSourceNames},
    {"sources", "sources", kSourceNames},
}};

constexpr std::array<FieldName, 7> kNackStoreNames{{
    {"description", "description"},
    {"ttl", "max_age"},
    {"maxBytes", "max_bytes"},
    {"storage", "storage"},
    {"replicas", "num_replicas"},
    {"placement", "placement"},
    {"metadata", "metadata"},
}};

}  // namespace

std::span<const FieldName> nack_stream_names() {
  return kNackStreamNames;
}
std::span<const FieldName> nack_consumer_names() {
  return kNackConsumerNames;
}
std::span<const FieldName> nack_kv_names() {
  return kNackKvNames;
}
std::span<const FieldName> nack_object_store_names() {
  return kNackStoreNames;
}

}  // namespace unified::jetstream
