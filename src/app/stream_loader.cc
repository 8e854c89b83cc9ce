#include "app/stream_loader.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/consumer_walk.h"
#include "app/stream_reader.h"
#include "jetstream/api_answers.h"
#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::StoredRecord;
using jetstream::text_at;
using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPublishWindow = 256;
constexpr std::uint64_t kMostFillers = 20'000;
/// nats-server forgets an id within two of its windows, of 100 ms here.
constexpr milliseconds kIdsAreKept{500};
constexpr milliseconds kDuplicateRest{50};
constexpr int kMostDuplicateTries = 200;

/// The ids that nats-server may still remember.
class RecentIds {
 public:
  /// Whether it may know this one; it does now.
  bool meets(const std::string& id) {
    if (Clock::now() - turned_ > kIdsAreKept) {
      older_ = std::exchange(newer_, {});
      turned_ = Clock::now();
    }
    return !newer_.insert(id).second || older_.contains(id);
  }

 private:
  std::set<std::string> newer_;
  std::set<std::string> older_;
  Clock::time_point turned_ = Clock::now();
};

struct Walker {
  std::int64_t floor = 0;
  json consumer;
};

class Loader {
 public:
  Loader(const Conversation& source,
         const Conversation& target,
         const jetstream::MigrationJournal& journal)
      : source_(source),
        target_(target),
        journal_(journal),
        prefix_(jetstream::parked_subject(journal.stream) + ".") {
    for (const json& consumer : journal.consumers)
      if (!text_at(consumer.value("config", json::object()), "durable_name").empty())
        walkers_.push_back({floor_of(consumer), consumer});
    std::ranges::stable_sort(walkers_, {}, &Walker::floor);
  }

  Transfer<jetstream::StreamDigest> run() {
    auto inbox = target_.connection.open_inbox(nats::InboxKind::kBelow, {});
    if (!inbox)
      return broken(inbox.error().message);
    inbox_ = *std::move(inbox);
    if (auto made = make_stream(); !made)
      return made.error();
    jetstream::DigestBuilder digest;
    const auto loaded =
        read_stream(source_, journal_.stream, [&](const StoredRecord& record) -> Transfer<void> {
          digest.add(record);
          return load(record);
        });
    if (!loaded)
      return loaded.error();
    if (auto ended = end(); !ended)
      return ended.error();
    return digest.digest();
  }

 private:
  [[nodiscard]] TransferError broken(const std::string& why) const {
    return {.message = fmt::format("cannot load stream {}: {}", journal_.stream, why),
            .broken = true};
  }
  [[nodiscard]] TransferError refused(const std::string& why) const {
    return {.message = fmt::format("cannot load stream {}: {}", journal_.stream, why),
            .broken = false};
  }

  [[nodiscard]] std::uint64_t last_sequence() const {
    return static_cast<std::uint64_t>(int_at(journal_.state, "last_seq"));
  }

  Transfer<void> make_stream() {
    const auto made =
        target_.ask("STREAM.CREATE." + journal_.stream, jetstream::loading_config(journal_.to));
    if (!made)
      return made.error();
    const auto first = static_cast<std::uint64_t>(int_at(journal_.state, "first_seq"));
    const bool empty = int_at(journal_.state, "messages") == 0;
    next_ = empty ? last_sequence() + 1 : std::max<std::uint64_t>(first, 1);
    if (next_ == 1)
      return {};
    const auto moved = target_.ask("STREAM.PURGE." + journal_.stream, {{"seq", next_}});
    return moved ? Transfer<void>{} : moved.error();
  }

  Transfer<void> load(const StoredRecord& record) {
    if (auto walked = walk_below(static_cast<std::int64_t>(record.sequence)); !walked)
      return walked;
    if (auto filled = fill_until(record.sequence); !filled)
      return filled;
    if (record.sequence != next_)
      return refused(fmt::format("sequence {} is due, {} came", next_, record.sequence));
    return publish(record);
  }

  Transfer<void> end() {
    if (auto walked = walk_below(static_cast<std::int64_t>(last_sequence()) + 1); !walked)
      return walked;
    if (auto filled = fill_until(last_sequence() + 1); !filled)
      return filled;
    if (auto purged = purge_fillers(); !purged)
      return purged;
    return walk_below(INT64_MAX);
  }

  /// The consumers that owe nothing below `sequence`, which comes next.
  Transfer<void> walk_below(std::int64_t sequence) {
    while (!walkers_.empty() && walkers_.front().floor < sequence) {
      const Walker walker = std::move(walkers_.front());
      walkers_.pop_front();
      const auto floor = static_cast<std::uint64_t>(std::max<std::int64_t>(walker.floor, 0));
      if (auto filled = fill_until(std::min(floor, last_sequence()) + 1); !filled)
        return filled;
      if (auto purged = purge_fillers(); !purged)
        return purged;
      if (auto walked = walk_consumer(target_, journal_.stream, walker.consumer, walker.floor);
          !walked)
        return walked;
    }
    return {};
  }

  /// Something in the place of what was deleted, so that the next one gets `sequence`.
  Transfer<void> fill_until(std::uint64_t sequence) {
    while (next_ < sequence) {
      if (auto sent = send(std::string{jetstream::kFillerSubject}, {}, {}); !sent)
        return sent;
      if (++fillers_ >= kMostFillers)
        if (auto purged = purge_fillers(); !purged)
          return purged;
    }
    return {};
  }

  Transfer<void> purge_fillers() {
    if (auto drained = drain(0); !drained)
      return drained;
    if (std::exchange(fillers_, 0) == 0)
      return {};
    const auto purged =
        target_.ask("STREAM.PURGE." + journal_.stream, {{"filter", jetstream::kFillerSubject}});
    return purged ? Transfer<void>{} : purged.error();
  }

  Transfer<void> publish(const StoredRecord& record) {
    for (const auto& [name, value] : record.headers)
      if (name == "Nats-Msg-Id" && ids_.meets(value))
        return publish_again(record);
    return send(record.subject, record.payload, record.headers);
  }

  /// Its id was just used: alone, until the server has forgotten it.
  Transfer<void> publish_again(const StoredRecord& record) {
    if (auto drained = drain(0); !drained)
      return drained;
    alone_ = true;
    for (int attempt = 0; attempt < kMostDuplicateTries; ++attempt) {
      duplicate_ = false;
      if (auto sent = send(record.subject, record.payload, record.headers); !sent)
        return sent;
      if (auto drained = drain(0); !drained)
        return drained;
      if (!duplicate_) {
        alone_ = false;
        return {};
      }
      --next_;
      if (auto rested = inbox_->next(kDuplicateRest); !rested)
        return broken(rested.error().message);
    }
    return refused(fmt::format("message {} is taken for a duplicate", record.sequence));
  }

  Transfer<void> send(const std::string& subject,
                      const std::string& payload,
                      const nats::HeaderList& headers) {
    const auto sent = target_.connection.send(
        prefix_ + subject, fmt::format("{}.{}", inbox_->prefix(), next_), payload, headers);
    if (!sent)
      return broken(sent.error().message);
    due_.push_back(next_++);
    return drain(kPublishWindow);
  }

  /// Until at most `most` acknowledgements are due.
  Transfer<void> drain(std::size_t most) {
    while (due_.size() > most) {
      const auto answer = target_.next(*inbox_);
      if (!answer)
        return answer.error();
      if (answer->status == "503")
        return broken("no stream takes the message");
      const auto ack = jetstream::parse_answer(answer->payload, "cannot publish");
      if (!ack)
        return ack.error().code == 503 ? Transfer<void>{broken(ack.error().message)}
                                       : refused(ack.error().message);
      const std::uint64_t expected = due_.front();
      due_.pop_front();
      duplicate_ = ack->value("duplicate", false);
      if (duplicate_ && !alone_)
        return refused(fmt::format("message {} is taken for a duplicate", expected));
      if (!duplicate_ && static_cast<std::uint64_t>(int_at(*ack, "seq")) != expected)
        return refused(fmt::format("message {} was stored as {}", expected, int_at(*ack, "seq")));
      if (++loaded_ % 10'000 == 0 && target_.progress)
        target_.progress(loaded_);
    }
    return {};
  }

  const Conversation& source_;
  const Conversation& target_;
  const jetstream::MigrationJournal& journal_;
  std::string prefix_;
  std::deque<Walker> walkers_;  ///< those not made yet, by floor
  std::unique_ptr<nats::Inbox> inbox_;
  std::uint64_t next_ = 1;         ///< the sequence that the next message gets
  std::deque<std::uint64_t> due_;  ///< published, not acknowledged
  std::uint64_t loaded_ = 0;
  std::uint64_t fillers_ = 0;  ///< in the stream
  RecentIds ids_;
  bool alone_ = false;      ///< one message is under way, which may be taken for a duplicate
  bool duplicate_ = false;  ///< it was
};

}  // namespace

Transfer<jetstream::StreamDigest> load_stream(const Conversation& source,
                                              const Conversation& target,
                                              const jetstream::MigrationJournal& journal) {
  return Loader{source, target, journal}.run();
}

}  // namespace unified::app
