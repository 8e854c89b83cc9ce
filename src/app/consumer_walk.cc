#include "app/consumer_walk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/ack_subject.h"
#include "jetstream/api_answers.h"
#include "jetstream/migrated_consumers.h"

namespace unified::app {
namespace {

using jetstream::int_at;
using jetstream::text_at;
using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kBatch = 1000;
constexpr milliseconds kRest{20};

class Walk {
 public:
  Walk(const Conversation& talk,
       const std::string& stream,
       const json& consumer,
       std::int64_t floor)
      : talk_(talk),
        stream_(stream),
        name_(text_at(consumer, "name")),
        config_(consumer.value("config", json::object())),
        floor_(floor),
        acknowledges_(text_at(config_, "ack_policy") != "none") {}

  Transfer<void> run() {
    json first = config_;
    const bool pushes = !text_at(config_, "deliver_subject").empty();
    auto inbox =
        talk_.connection.open_inbox(pushes ? nats::InboxKind::kExact : nats::InboxKind::kBelow,
                                    text_at(config_, "deliver_group"));
    if (!inbox)
      return broken(inbox.error().message);
    inbox_ = *std::move(inbox);
    if (pushes)
      first["deliver_subject"] = inbox_->prefix();
    first.erase("pause_until");
    if (auto made = make(first); !made)
      return made;
    if (auto walked = pushes ? wait_for_the_rest() : pull_all(); !walked)
      return walked;
    // While anybody listens on its subject no other one can be set (10013).
    inbox_.reset();
    return first == config_ ? Transfer<void>{} : make(config_);
  }

 private:
  [[nodiscard]] TransferError broken(const std::string& why) const {
    return {.message = fmt::format("cannot make consumer {} anew: {}", name_, why), .broken = true};
  }

  [[nodiscard]] Transfer<void> make(const json& config) const {
    const auto made = talk_.ask(fmt::format("CONSUMER.DURABLE.CREATE.{}.{}", stream_, name_),
                                {{"stream_name", stream_}, {"config", config}});
    return made ? Transfer<void>{} : made.error();
  }

  [[nodiscard]] std::int64_t batch() const {
    std::int64_t most = kBatch;
    for (const char* limit : {"max_ack_pending", "max_batch"})
      if (const std::int64_t value = int_at(config_, limit); value > 0)
        most = std::min(most, value);
    return most;
  }

  Transfer<void> pull_all() {
    auto deadline = Clock::now() + talk_.silence;
    while (Clock::now() < deadline) {
      const std::uint64_t before = taken_;
      if (auto pulled = pull(); !pulled)
        return pulled;
      if (taken_ != before)
        deadline = Clock::now() + talk_.silence;
      if (beyond_)
        return settle();
      if (taken_ != before)
        continue;
      const auto is = position();
      if (!is)
        return is.error();
      if (is->pending == 0 && is->ack_pending == 0)
        return {};
      if (auto rested = rest(); !rested)
        return rested;
    }
    return stuck();
  }

  /// One request, to its end.
  Transfer<void> pull() {
    const std::int64_t wanted = batch();
    const std::string reply = fmt::format("{}.{}", inbox_->prefix(), ++pulls_);
    const auto sent =
        talk_.connection.send(fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", stream_, name_), reply,
                              fmt::format(R"({{"batch":{},"no_wait":true}})", wanted), {});
    if (!sent)
      return broken(sent.error().message);
    for (std::int64_t got = 0; got < wanted;) {
      const auto message = talk_.next(*inbox_);
      if (!message)
        return message.error();
      const auto origin = origin_of(message->reply);
      if (!origin) {
        if (message->status.empty() || message->status == "100")
          continue;
        return {};  // nothing more
      }
      ++got;
      if (auto done = take(*message, *origin); !done)
        return done;
    }
    return {};
  }

  Transfer<void> take(const nats::Delivery& message, const Origin& origin) {
    ++taken_;
    const bool wanted =
        origin.sequence <= static_cast<std::uint64_t>(std::max<std::int64_t>(floor_, 0));
    beyond_ = beyond_ || !wanted;
    if (wanted && !acknowledges_)
      return {};
    if (wanted)
      acknowledged_ = std::max(acknowledged_, static_cast<std::int64_t>(origin.sequence));
    const auto sent = talk_.connection.send(message.reply, {}, wanted ? "+ACK" : "-NAK", {});
    return sent ? Transfer<void>{} : broken(sent.error().message);
  }

  /// It pushes: everything that there is, for that is all it may have.
  Transfer<void> wait_for_the_rest() {
    auto deadline = Clock::now() + talk_.silence;
    while (Clock::now() < deadline) {
      auto message = inbox_->next(kRest);
      if (!message)
        return broken(message.error().message);
      if (const std::optional<nats::Delivery>& came = *message) {
        const std::uint64_t before = taken_;
        if (auto done = take_pushed(*came); !done)
          return done;
        if (taken_ != before)  // a heartbeat is no progress
          deadline = Clock::now() + talk_.silence;
        continue;
      }
      const auto is = position();
      if (!is)
        return is.error();
      if (is->pending == 0 && is->ack_pending == 0)
        return {};
    }
    return stuck();
  }

  Transfer<void> take_pushed(const nats::Delivery& message) {
    if (const auto origin = origin_of(message.reply))
      return take(message, *origin);
    const std::string target = flow_target(message);
    if (target.empty())
      return {};
    const auto sent = talk_.connection.send(target, {}, {}, {});
    return sent ? Transfer<void>{} : broken(sent.error().message);
  }

  /// Until the server has taken the acknowledgements.
  Transfer<void> settle() {
    const auto deadline = Clock::now() + talk_.silence;
    while (Clock::now() < deadline) {
      const auto is = position();
      if (!is)
        return is.error();
      if (is->ack_floor >= acknowledged_)
        return {};
      if (auto rested = rest(); !rested)
        return rested;
    }
    return stuck();
  }

  Transfer<void> rest() {
    auto nothing = inbox_->next(kRest);
    return nothing ? Transfer<void>{} : broken(nothing.error().message);
  }

  [[nodiscard]] Transfer<jetstream::ConsumerPosition> position() const {
    const auto info = talk_.ask(fmt::format("CONSUMER.INFO.{}.{}", stream_, name_), nullptr);
    if (!info)
      return info.error();
    return jetstream::position_of(*info);
  }

  [[nodiscard]] TransferError stuck() const {
    return {.message = fmt::format("consumer {} does not get to where it was ({})", name_, floor_),
            .broken = false};
  }

  const Conversation& talk_;
  const std::string& stream_;
  std::string name_;
  json config_;
  std::int64_t floor_;
  bool acknowledges_;
  bool beyond_ = false;  ///< a message above the floor came
  std::unique_ptr<nats::Inbox> inbox_;
  std::int64_t acknowledged_ = 0;
  std::uint64_t taken_ = 0;
  int pulls_ = 0;
};

}  // namespace

Transfer<void> walk_consumer(const Conversation& talk,
                             const std::string& stream,
                             const json& consumer,
                             std::int64_t floor) {
  return Walk{talk, stream, consumer, floor}.run();
}

std::int64_t floor_of(const json& consumer) {
  const jetstream::ConsumerPosition is = jetstream::position_of(consumer);
  return is.delivered_consumer == 0 ? is.delivered : is.ack_floor;
}

}  // namespace unified::app
