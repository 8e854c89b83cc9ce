#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "jetstream/rfc3339.h"
#include "jetstream/streams_report.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

/// `12s`, `5m`, `3h`, `9d`: enough to see what is stale.
std::string age_text(const std::string& timestamp, std::int64_t now) {
  const auto then = parse_rfc3339(timestamp);
  if (!then)
    return "never";
  const std::int64_t seconds = std::max<std::int64_t>(0, (now - *then) / kSecondNs);
  if (seconds < 2 * kMinute)
    return fmt::format("{}s ago", seconds);
  if (seconds < 2 * kHour)
    return fmt::format("{}m ago", seconds / kMinute);
  if (seconds < 2 * kDay)
    return fmt::format("{}h ago", seconds / kHour);
  return fmt::format("{}d ago", seconds / kDay);
}

std::string state_of(const StreamReport& stream) {
  if (!stream.present)
    return "MISSING";
  return stream.declared ? "present" : "unmanaged";
}

std::string painted(const std::string& word, const StreamReport& stream, bool colour) {
  if (!colour)
    return word;
  const char* begin = !stream.errors.empty()     ? "\033[31m"
                      : !stream.warnings.empty() ? "\033[33m"
                                                 : "\033[32m";
  return begin + word + "\033[0m";
}

std::string bound_of(const StreamReport& stream) {
  const std::size_t declared = stream.declared_subjects.size();
  if (!stream.declared)
    return fmt::format("{}", stream.state.config.value("subjects", nlohmann::json::array()).size());
  return fmt::format("{}/{}", declared - stream.unbound_subjects.size(), declared);
}

using Out = std::back_insert_iterator<std::string>;

void add_table(Out out, const StreamsReport& report, const ReportStyle& style) {
  fmt::format_to(out, "{:<24} {:>12} {:>10} {:>9} {:>8}  {:<12} {}\n", "STREAM", "MESSAGES", "SIZE",
                 "CONSUMERS", "SUBJECTS", "LAST", "STATE");
  for (const StreamReport& stream : report.streams)
    fmt::format_to(out, "{:<24} {:>12} {:>10} {:>9} {:>8}  {:<12} {}\n", stream.name,
                   stream.state.messages, format_bytes(stream.state.bytes), stream.state.consumers,
                   bound_of(stream), age_text(stream.state.last_ts, style.now_unix_ns),
                   painted(state_of(stream), stream, style.colour));
}

void add_subjects(Out out, const StreamReport& stream, std::int64_t now) {
  fmt::format_to(out, "\n{}\n  {:<40} {:>12} {:>9}  {}\n", stream.name, "SUBJECT", "MESSAGES",
                 "DISTINCT", "LAST");
  for (const SubjectState& subject : stream.subjects)
    fmt::format_to(out, "  {:<40} {:>12} {:>9}  {}\n", subject.subject, subject.messages,
                   subject.subjects, age_text(subject.last_ts, now));
}

void add_consumers(Out out, const StreamReport& stream, std::int64_t now) {
  if (stream.consumers.empty()) {
    fmt::format_to(out, "  no consumers\n");
    return;
  }
  fmt::format_to(out, "  {:<24} {:>10} {:>10} {:>11}  {:<12} {}\n", "CONSUMER", "LAG", "UNACKED",
                 "REDELIVERED", "DELIVERED", "FILTER");
  for (const ConsumerReport& consumer : stream.consumers)
    fmt::format_to(out, "  {:<24} {:>10} {:>10} {:>11}  {:<12} {}\n", consumer.name,
                   consumer.pending, consumer.ack_pending, consumer.redelivered,
                   age_text(consumer.last_delivered, now),
                   consumer.filters.empty() ? std::string{"everything"}
                                            : fmt::format("{}", fmt::join(consumer.filters, ", ")));
}

void add_stats(Out out, const StreamsReport& report, std::int64_t now) {
  for (const StreamReport& stream : report.streams) {
    const StreamState& state = stream.state;
    if (stream.present)
      fmt::format_to(out, "\n{}: sequences {} to {}, oldest {}, {} a message on average\n",
                     stream.name, state.first_seq, state.last_seq, age_text(state.first_ts, now),
                     format_bytes(state.messages == 0 ? 0 : state.bytes / state.messages));
  }
  if (report.account)
    fmt::format_to(out, "\nJetStream: {} streams, {} consumers, {} in files, {} in memory\n",
                   report.account->streams, report.account->consumers,
                   format_bytes(report.account->storage_used),
                   format_bytes(report.account->memory_used));
}

}  // namespace

std::string to_text(const StreamsReport& report, const ReportStyle& style) {
  std::string text;
  const Out out{text};
  fmt::format_to(out, "{}, nats-server {}\n", report.server, to_text(report.version));
  add_table(out, report, style);
  for (const StreamReport& stream : report.streams)
    if (report.detailed && stream.present) {
      add_subjects(out, stream, style.now_unix_ns);
      add_consumers(out, stream, style.now_unix_ns);
    }
  if (style.stats)
    add_stats(out, report, style.now_unix_ns);
  return text;
}

std::string problems_text(const StreamsReport& report) {
  std::string text;
  for (const StreamReport& stream : report.streams) {
    for (const std::string& error : stream.errors)
      text += "error: " + error + "\n";
    for (const std::string& warning : stream.warnings)
      text += "warning: " + warning + "\n";
  }
  return text;
}

}  // namespace unified::jetstream
