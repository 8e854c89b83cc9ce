#include "app/stream_reader.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/ack_subject.h"
#include "jetstream/api_answers.h"
#include "jetstream/message_answer.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::StoredRecord;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kWindow = 512;
constexpr std::uint64_t kWindowBytes = std::uint64_t{16} << 20U;
constexpr std::uint64_t kProgressEvery = 10'000;

TransferError broken_reading(const std::string& stream, const std::string& why) {
  return {.message = fmt::format("cannot read stream {}: {}", stream, why), .broken = true};
}

/// So many requests that their answers fit into our memory, as large as they are on average.
std::uint64_t window_of(const jetstream::StreamState& state) {
  const auto messages = static_cast<std::uint64_t>(std::max<std::int64_t>(state.messages, 1));
  const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(state.bytes, 1));
  const std::uint64_t each = std::max<std::uint64_t>(bytes / messages, 1);
  return std::clamp<std::uint64_t>(kWindowBytes / each, 1, kWindow);
}

class StreamReader {
 public:
  StreamReader(const Conversation& talk, const std::string& stream, const RecordVisitor& visit)
      : talk_(talk),
        stream_(stream),
        visit_(visit) {}

  Transfer<void> run() {
    const auto info = talk_.ask("STREAM.INFO." + stream_, nullptr);
    if (!info)
      return info.error();
    const jetstream::StreamState state = jetstream::parse_stream(*info);
    if (state.messages == 0)
      return {};
    const bool consumes = may_consume(state);
    auto inbox = talk_.connection.open_inbox(
        consumes ? nats::InboxKind::kExact : nats::InboxKind::kBelow, {});
    if (!inbox)
      return broken_reading(stream_, inbox.error().message);
    inbox_ = *std::move(inbox);
    return consumes ? consume(static_cast<std::uint64_t>(state.messages)) : get_all(state);
  }

 private:
  static bool may_consume(const jetstream::StreamState& state) {
    const std::int64_t limit = int_at(state.config, "max_consumers");
    return jetstream::text_at(state.config, "retention") == "limits" &&
           (limit <= 0 || state.consumers < limit);
  }

  Transfer<void> visit(const StoredRecord& record) {
    if (++visited_ % kProgressEvery == 0 && talk_.progress)
      talk_.progress(visited_);
    return visit_(record);
  }

  // ---- by a consumer

  Transfer<void> consume(std::uint64_t messages) {
    const std::string consumer = fmt::format("{}.{}", stream_, kReaderName);
    (void)talk_.ask("CONSUMER.DELETE." + consumer, nullptr);  // of a reading that was cut off
    const auto made =
        talk_.ask("CONSUMER.CREATE." + consumer, {{"stream_name", stream_},
                                                  {"config",
                                                   {{"name", kReaderName},
                                                    {"deliver_subject", inbox_->prefix()},
                                                    {"deliver_policy", "all"},
                                                    {"ack_policy", "none"},
                                                    {"replay_policy", "instant"},
                                                    {"flow_control", true},
                                                    {"idle_heartbeat", 5'000'000'000},
                                                    {"mem_storage", true},
                                                    {"num_replicas", 1}}}});
    if (!made)
      return made.error();
    auto taken = take(messages);
    const auto removed = talk_.ask("CONSUMER.DELETE." + consumer, nullptr);
    if (taken && !removed)
      return removed.error();
    return taken;
  }

  /// Heartbeats go on for ever when fewer messages come than the server has counted: some expired
  /// meanwhile, or the stream is half deleted.
  Transfer<void> take(std::uint64_t messages) {
    auto deadline = Clock::now() + talk_.silence;
    for (std::uint64_t expected = 1; expected <= messages;) {
      auto message = talk_.next(*inbox_);
      if (!message)
        return message.error();
      const auto origin = origin_of(message->reply);
      if (!origin) {
        if (Clock::now() >= deadline)
          return broken_reading(stream_, "nats-server delivers no more of it");
        if (auto answered = answer_flow(*message); !answered)
          return answered;
        continue;
      }
      deadline = Clock::now() + talk_.silence;
      if (origin->consumer_sequence != expected++)
        return broken_reading(stream_, "a message was skipped on its way");
      auto done = visit({.sequence = origin->sequence,
                         .subject = std::move(message->subject),
                         .headers = std::move(message->headers),
                         .payload = std::move(message->payload),
                         .time_ns = origin->time_ns});
      if (!done)
        return done;
    }
    return {};
  }

  Transfer<void> answer_flow(const nats::Delivery& message) {
    const std::string target = flow_target(message);
    if (target.empty())
      return {};
    const auto sent = talk_.connection.send(target, {}, {}, {});
    return sent ? Transfer<void>{} : broken_reading(stream_, sent.error().message);
  }

  // ---- one by one, several requests under way

  Transfer<void> get_all(const jetstream::StreamState& state) {
    const std::uint64_t window = window_of(state);
    const auto last = static_cast<std::uint64_t>(state.last_seq);
    auto asked = static_cast<std::uint64_t>(state.first_seq);
    std::map<std::uint64_t, std::optional<StoredRecord>> early;  // answers may overtake
    for (std::uint64_t due = asked; due <= last;) {
      for (; asked <= last && asked < due + window; ++asked)
        if (auto sent = get(asked); !sent)
          return sent;
      if (auto answered = take_answer(early); !answered)
        return answered;
      for (; early.contains(due); early.erase(due++))
        if (const auto& record = early[due])
          if (auto done = visit(*record); !done)
            return done;
    }
    return {};
  }

  Transfer<void> get(std::uint64_t sequence) {
    const auto sent = talk_.connection.send("$JS.API.STREAM.MSG.GET." + stream_,
                                            fmt::format("{}.{}", inbox_->prefix(), sequence),
                                            fmt::format(R"({{"seq":{}}})", sequence), {});
    return sent ? Transfer<void>{} : broken_reading(stream_, sent.error().message);
  }

  Transfer<void> take_answer(std::map<std::uint64_t, std::optional<StoredRecord>>& early) {
    const auto answer = talk_.next(*inbox_);
    if (!answer)
      return answer.error();
    std::uint64_t sequence = 0;
    const std::string_view subject{answer->subject};
    if (subject.empty() || !parse_number(subject.substr(subject.rfind('.') + 1), sequence))
      return broken_reading(stream_, "no answer to a request");
    auto record = jetstream::parse_message(answer->payload);
    if (!record)
      return broken_reading(stream_, record.error().message);
    early.emplace(sequence, *std::move(record));
    return {};
  }

  const Conversation& talk_;
  const std::string& stream_;
  const RecordVisitor& visit_;
  std::unique_ptr<nats::Inbox> inbox_;
  std::uint64_t visited_ = 0;
};

}  // namespace

Transfer<void> read_stream(const Conversation& talk,
                           const std::string& stream,
                           const RecordVisitor& visit) {
  return StreamReader{talk, stream, visit}.run();
}

Transfer<jetstream::StreamDigest> digest_stream(const Conversation& talk,
                                                const std::string& stream) {
  jetstream::DigestBuilder digest;
  const auto read = read_stream(talk, stream, [&](const StoredRecord& record) -> Transfer<void> {
    digest.add(record);
    return {};
  });
  if (!read)
    return read.error();
  return digest.digest();
}

}  // namespace unified::app
