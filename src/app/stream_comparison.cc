#include "app/stream_comparison.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/ack_subject.h"
#include "app/stream_reader.h"
#include "jetstream/message_answer.h"
#include "jetstream/parked_stream.h"

namespace unified::app {
namespace {

using jetstream::StoredRecord;

constexpr std::size_t kMostRecords = 256;
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

bool is_filler(const StoredRecord& record) {
  return record.subject == jetstream::kFillerSubject;
}

bool are_same(const StoredRecord& one, const StoredRecord& other, Times times) {
  return one.sequence == other.sequence && one.subject == other.subject &&
         one.headers == other.headers && one.payload == other.payload &&
         (times == Times::kIgnored || one.time_ns == other.time_ns);
}

/// Compares records in groups with what the backup has under their sequences.
class Containment {
 public:
  Containment(const Conversation& backup, const std::string& stream, Times times)
      : backup_(backup),
        stream_(stream),
        times_(times) {}

  Transfer<void> open() {
    auto inbox = backup_.connection.open_inbox(nats::InboxKind::kBelow, {});
    if (!inbox)
      return unreadable(inbox.error().message);
    inbox_ = *std::move(inbox);
    return {};
  }

  Transfer<void> add(const StoredRecord& record) {
    if (is_filler(record))
      return {};
    bytes_ += record.payload.size();
    records_.push_back(record);
    return records_.size() >= kMostRecords || bytes_ >= kMostBytes ? compare() : Transfer<void>{};
  }

  /// Those that were not compared yet.
  Transfer<void> compare() {
    for (std::size_t i = 0; i < records_.size(); ++i)
      if (auto sent = backup_.connection.send(
              "$JS.API.STREAM.MSG.GET." + stream_, fmt::format("{}.{}", inbox_->prefix(), i),
              fmt::format(R"({{"seq":{}}})", records_[i].sequence), {});
          !sent)
        return unreadable(sent.error().message);
    for (std::size_t answers = 0; answers < records_.size(); ++answers)
      if (auto taken = take_answer(); !taken)
        return taken;
    records_.clear();
    bytes_ = 0;
    return {};
  }

  [[nodiscard]] bool all_there() const { return all_there_; }

 private:
  [[nodiscard]] TransferError unreadable(const std::string& why) const {
    return {.message = fmt::format("cannot read the backup of stream {}: {}", stream_, why),
            .broken = true};
  }

  Transfer<void> take_answer() {
    const auto answer = backup_.next(*inbox_);
    if (!answer)
      return answer.error();
    std::size_t index = 0;
    const std::string_view subject{answer->subject};
    if (subject.empty() || !parse_number(subject.substr(subject.rfind('.') + 1), index) ||
        index >= records_.size())
      return unreadable("no answer to a request");
    const auto record = jetstream::parse_message(answer->payload);
    if (!record)
      return unreadable(record.error().message);
    const std::optional<StoredRecord>& kept = *record;
    all_there_ = all_there_ && kept && are_same(records_[index], *kept, times_);
    return {};
  }

  const Conversation& backup_;
  const std::string& stream_;
  Times times_;
  std::unique_ptr<nats::Inbox> inbox_;
  std::vector<StoredRecord> records_;
  std::size_t bytes_ = 0;
  bool all_there_ = true;
};

}  // namespace

Transfer<bool> is_contained(const Conversation& live,
                            const Conversation& backup,
                            const std::string& stream,
                            Times times) {
  Containment containment{backup, stream, times};
  if (auto opened = containment.open(); !opened)
    return opened.error();
  const auto read = read_stream(live, stream, [&](const StoredRecord& record) -> Transfer<void> {
    auto added = containment.add(record);
    if (added && !containment.all_there())
      return said_no("one is missing");  // the rest does not matter
    return added;
  });
  if (!containment.all_there())
    return false;
  if (!read)
    return read.error();
  if (auto compared = containment.compare(); !compared)
    return compared.error();
  return containment.all_there();
}

Transfer<jetstream::StreamDigest> digest_up_to(const Conversation& talk,
                                               const std::string& stream,
                                               std::uint64_t last) {
  jetstream::DigestBuilder digest;
  const auto read = read_stream(talk, stream, [&](const StoredRecord& record) -> Transfer<void> {
    if (record.sequence <= last)
      digest.add(record);
    return {};
  });
  if (!read)
    return read.error();
  return digest.digest();
}

}  // namespace unified::app
