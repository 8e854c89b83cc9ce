#include "jetstream/nats/client/inbox.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "jetstream/nats/client/message.h"
#include "jetstream/nats/client/status.h"

namespace unified::nats {
namespace {

constexpr std::chrono::milliseconds kInboxFlush{5000};
/// nats.c shows the status of a header's first line ("NATS/1.0 204 …") under this name.
constexpr const char* kStatusKey = "Status";

template <typename T>
using Freed = std::unique_ptr<T, decltype(&std::free)>;

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string{} : std::string{text};
}

void append_values(natsMsg* message, const std::string& name, HeaderList& headers) {
  const char** values = nullptr;
  int count = 0;
  if (natsMsgHeader_Values(message, name.c_str(), &values, &count) != NATS_OK)
    return;
  const Freed<const char*> owned{values, &std::free};
  for (int i = 0; i < count; ++i)
    headers.emplace_back(name, text_or_empty(values[i]));
}

/// `status`: out.
HeaderList headers_of(natsMsg* message, std::string& status) {
  HeaderList headers;
  const char** keys = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message, &keys, &count) != NATS_OK)
    return headers;
  const Freed<const char*> owned{keys, &std::free};
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    names.push_back(text_or_empty(keys[i]));
  std::ranges::sort(names);
  for (const std::string& name : names)
    append_values(message, name, headers);
  // Left among the headers: a client may have one of this name.
  const auto found = std::ranges::find(headers, kStatusKey, &HeaderList::value_type::first);
  if (found != headers.end())
    status = found->second;
  return headers;
}

Delivery delivery_of(natsMsg* message) {
  Delivery delivery;
  delivery.subject = text_or_empty(natsMsg_GetSubject(message));
  delivery.reply = text_or_empty(natsMsg_GetReply(message));
  delivery.payload = {natsMsg_GetData(message),
                      static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  delivery.headers = headers_of(message, delivery.status);
  return delivery;
}

class NatsInbox final : public Inbox {
 public:
  NatsInbox(std::shared_ptr<Events> events, natsSubscription* subscription, std::string prefix)
      : events_(std::move(events)),
        subscription_(subscription),
        prefix_(std::move(prefix)) {}
  NatsInbox(const NatsInbox&) = delete;
  NatsInbox(NatsInbox&&) = delete;
  NatsInbox& operator=(const NatsInbox&) = delete;
  NatsInbox& operator=(NatsInbox&&) = delete;
  ~NatsInbox() override { events_->subscriptions().retire(subscription_); }

  [[nodiscard]] const std::string& prefix() const override { return prefix_; }

  Result<std::optional<Delivery>> next(std::chrono::milliseconds timeout) override {
    natsMsg* received = nullptr;
    const natsStatus status =
        natsSubscription_NextMsg(&received, subscription_, std::max<int64_t>(timeout.count(), 1));
    const Message message{received};
    if (status == NATS_TIMEOUT)
      return std::optional<Delivery>{};
    // Nobody listens: nats.c makes an error of that answer, but only for requests of its own.
    if (status == NATS_NO_RESPONDERS)
      return std::optional<Delivery>{
          Delivery{.subject = {}, .reply = {}, .payload = {}, .headers = {}, .status = "503"}};
    if (status != NATS_OK)
      return Error{"cannot receive: " + last_error_text(status)};
    return std::optional<Delivery>{delivery_of(message.get())};
  }

 private:
  const std::shared_ptr<Events> events_;
  natsSubscription* const subscription_;
  const std::string prefix_;
};

}  // namespace

Result<std::unique_ptr<Inbox>> subscribe_inbox(natsConnection* connection,
                                               const std::shared_ptr<Events>& events,
                                               InboxKind kind,
                                               const std::string& group) {
  natsInbox* name = nullptr;
  if (const natsStatus status = natsInbox_Create(&name); status != NATS_OK)
    return Error{"cannot make an inbox: " + last_error_text(status)};
  const std::string prefix{name};
  natsInbox_Destroy(name);
  natsSubscription* subscription = nullptr;
  const std::string subject = kind == InboxKind::kBelow ? prefix + ".>" : prefix;
  natsStatus status = group.empty()
                          ? natsConnection_SubscribeSync(&subscription, connection, subject.c_str())
                          : natsConnection_QueueSubscribeSync(&subscription, connection,
                                                              subject.c_str(), group.c_str());
  std::unique_ptr<Inbox> inbox;
  if (status == NATS_OK) {
    inbox = std::make_unique<NatsInbox>(events, subscription, prefix);
    status = natsSubscription_SetPendingLimits(subscription, -1, -1);
  }
  if (status == NATS_OK)
    status = events->subscriptions().flush(connection, kInboxFlush);
  if (status != NATS_OK)
    return Error{fmt::format("cannot subscribe to {}: {}", subject, last_error_text(status))};
  return inbox;
}

Result<void> send_message(natsConnection* connection,
                          const std::string& subject,
                          const std::string& reply,
                          const std::string& payload,
                          const HeaderList& headers) {
  natsMsg* created = nullptr;
  natsStatus status =
      natsMsg_Create(&created, subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                     payload.data(), static_cast<int>(payload.size()));
  const Message message{created};
  for (const auto& [name, value] : headers)
    if (status == NATS_OK)
      status = natsMsgHeader_Add(created, name.c_str(), value.c_str());
  if (status == NATS_OK)
    status = natsConnection_PublishMsg(connection, created);
  if (status != NATS_OK)
    return Error{fmt::format("cannot send to {}: {}", subject, last_error_text(status))};
  return {};
}

}  // namespace unified::nats
