#include "jetstream/nats/client/replies.h"

#include <memory>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "jetstream/nats/client/events.h"

namespace unified::nats {
namespace {

std::uint64_t reconnects_of(natsConnection* connection) {
  natsStatistics* created = nullptr;
  if (natsStatistics_Create(&created) != NATS_OK)
    return 0;
  const std::unique_ptr<natsStatistics, decltype(&natsStatistics_Destroy)> statistics{
      created, &natsStatistics_Destroy};
  std::uint64_t reconnects = 0;
  if (natsConnection_GetStats(connection, created) == NATS_OK)
    (void)natsStatistics_GetCounts(created, nullptr, nullptr, nullptr, nullptr, &reconnects);
  return reconnects;
}

}  // namespace

Replies::Awaited::Awaited(Events& events, natsConnection* connection)
    : replies_(events.replies()),
      connection_(connection),
      status_(replies_.open(events, connection)),
      reconnects_(reconnects_of(connection)) {
  if (status_ != NATS_OK)
    return;
  const std::scoped_lock lock{replies_.mutex_};
  number_ = ++replies_.last_;
  subject_ = replies_.prefix_ + "." + std::to_string(number_);
  replies_.awaited_.emplace(number_, this);
}

Replies::Awaited::~Awaited() {
  const std::scoped_lock lock{replies_.mutex_};
  replies_.awaited_.erase(number_);
}

natsStatus Replies::Awaited::next(Message& answer, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock{replies_.mutex_};
  for (;;) {
    (void)changed_.wait_until(lock, deadline, [this] { return !come_.empty() || disturbed_; });
    if (!come_.empty()) {
      answer = std::move(come_.front());
      come_.pop_front();
      return NATS_OK;
    }
    if (!std::exchange(disturbed_, false))
      return NATS_TIMEOUT;
    lock.unlock();
    if (is_lost())
      return NATS_CONNECTION_CLOSED;
    lock.lock();
  }
}

/// What is told of a connection that was lost may be told late, when there is another one already.
bool Replies::Awaited::is_lost() const {
  return natsConnection_Status(connection_) != NATS_CONN_STATUS_CONNECTED ||
         reconnects_of(connection_) != reconnects_;
}

natsStatus Replies::open(Events& events, natsConnection* connection) {
  const std::scoped_lock lock{mutex_};
  if (!prefix_.empty())
    return NATS_OK;
  natsInbox* created = nullptr;
  natsStatus status = natsInbox_Create(&created);
  if (status != NATS_OK)
    return status;
  std::string prefix{created};
  natsInbox_Destroy(created);
  status = events.subscribe_replies(connection, prefix + ".>");
  if (status == NATS_OK)
    prefix_ = std::move(prefix);
  return status;
}

/// The request that a message on our subscription answers; null: it comes too late.
Replies::Awaited* Replies::addressee(std::string_view subject) const {
  // "_INBOX.x.NUMBER", or "_INBOX.x.NUMBER.…"
  if (subject.size() > prefix_.size() && subject.starts_with(prefix_) &&
      subject[prefix_.size()] == '.') {
    subject.remove_prefix(prefix_.size() + 1);
    const auto number = parse_int(subject.substr(0, subject.find('.')));
    const auto found = awaited_.find(number ? static_cast<std::uint64_t>(*number) : 0);
    return found == awaited_.end() ? nullptr : found->second;
  }
  // What a consumer hands out bears the subject that it was stored under (nats-server 2.9 to 2.15).
  return awaited_.size() == 1 ? awaited_.begin()->second : nullptr;
}

void Replies::deliver(Message message) {
  const std::scoped_lock lock{mutex_};
  Awaited* const awaited = addressee(natsMsg_GetSubject(message.get()));
  if (awaited == nullptr)
    return;
  awaited->come_.push_back(std::move(message));
  awaited->changed_.notify_one();
}

void Replies::disturb() {
  const std::scoped_lock lock{mutex_};
  for (const auto& [number, awaited] : awaited_) {
    awaited->disturbed_ = true;
    awaited->changed_.notify_one();
  }
}

}  // namespace unified::nats
