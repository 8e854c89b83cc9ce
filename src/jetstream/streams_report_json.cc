#include "jetstream/rfc3339.h"
#include "jetstream/streams_report.h"

namespace unified::jetstream {
namespace {

using nlohmann::ordered_json;

ordered_json age(const std::string& timestamp, std::int64_t now) {
  const auto then = parse_rfc3339(timestamp);
  return then ? ordered_json((now - *then) / kSecondNs) : ordered_json(nullptr);
}

ordered_json time_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json subject_json(const SubjectState& subject, std::int64_t now) {
  return {{"subject", subject.subject},
          {"messages", subject.messages},
          {"subjects", subject.subjects},
          {"last_seq", subject.last_seq},
          {"last_ts", time_or_null(subject.last_ts)},
          {"age_seconds", age(subject.last_ts, now)}};
}

ordered_json consumer_json(const ConsumerReport& consumer) {
  return {{"name", consumer.name},
          {"filters", consumer.filters},
          {"pending", consumer.pending},
          {"ack_pending", consumer.ack_pending},
          {"redelivered", consumer.redelivered},
          {"waiting", consumer.waiting},
          {"last_delivered", time_or_null(consumer.last_delivered)}};
}

ordered_json stream_json(const StreamReport& stream, bool detailed, std::int64_t now) {
  const StreamState& state = stream.state;
  ordered_json json{{"name", stream.name},
                    {"declared", stream.declared},
                    {"present", stream.present},
                    {"messages", state.messages},
                    {"bytes", state.bytes},
                    {"first_seq", state.first_seq},
                    {"last_seq", state.last_seq},
                    {"first_ts", time_or_null(state.first_ts)},
                    {"last_ts", time_or_null(state.last_ts)},
                    {"age_seconds", age(state.last_ts, now)},
                    {"consumer_count", state.consumers},
                    {"config", state.config},
                    {"declared_subjects", stream.declared_subjects},
                    {"unbound_subjects", stream.unbound_subjects}};
  if (detailed) {
    json["subjects"] = ordered_json::array();
    for (const SubjectState& subject : stream.subjects)
      json["subjects"].push_back(subject_json(subject, now));
    json["consumers"] = ordered_json::array();
    for (const ConsumerReport& consumer : stream.consumers)
      json["consumers"].push_back(consumer_json(consumer));
  }
  json["errors"] = stream.errors;
  json["warnings"] = stream.warnings;
  return json;
}

}  // namespace

ordered_json to_json(const StreamsReport& report, std::int64_t now_unix_ns) {
  ordered_json json;
  json["status"] = report.has_errors() ? "fail" : report.has_warnings() ? "warn" : "pass";
  json["server"] = report.server;
  json["server_version"] = to_text(report.version);
  if (report.account)
    json["account"] = {{"streams", report.account->streams},
                       {"consumers", report.account->consumers},
                       {"memory", report.account->memory_used},
                       {"storage", report.account->storage_used},
                       {"reserved_memory", report.account->reserved_memory},
                       {"reserved_storage", report.account->reserved_storage}};
  json["streams"] = ordered_json::array();
  for (const StreamReport& stream : report.streams)
    json["streams"].push_back(stream_json(stream, report.detailed, now_unix_ns));
  return json;
}

}  // namespace unified::jetstream
