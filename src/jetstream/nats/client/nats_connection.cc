#include "jetstream/nats/client/nats_connection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "base/scrub.h"
#include "jetstream/nats/client/events.h"
#include "jetstream/nats/client/inbox.h"
#include "jetstream/nats/client/message.h"
#include "jetstream/nats/client/options.h"
#include "jetstream/nats/client/replies.h"
#include "jetstream/nats/client/request_window.h"
#include "jetstream/nats/client/status.h"
#include "jetstream/nats/client/subject.h"

namespace unified::nats {
namespace {

using Milliseconds = std::chrono::milliseconds;

Result<Message> make_message(const std::string& subject,
                             const std::string& reply,
                             const std::string& payload,
                             const Headers& headers) {
  natsMsg* created = nullptr;
  natsStatus status = natsMsg_Create(&created, subject.c_str(), reply.c_str(), payload.data(),
                                     static_cast<int>(payload.size()));
  Message message{created};
  for (const auto& [name, value] : headers)
    if (status == NATS_OK)
      status = natsMsgHeader_Set(created, name.c_str(), value.c_str());
  if (status != NATS_OK)
    return Error{"cannot make a message to " + subject + ": " + last_error_text(status)};
  return message;
}

std::string payload_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

Result<PublishAck> parse_ack(const std::string& subject, const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    return Error{"cannot publish to " + subject +
                 ": the answer is not a JetStream acknowledgement"};
  if (const auto error = json.find("error"); error != json.end() && error->is_object())
    return Error{fmt::format("cannot publish to {}: {} ({})", subject,
                             error->value("description", "refused"), error->value("err_code", 0))};
  return PublishAck{.stream = json.value("stream", ""),
                    .sequence = json.value("seq", std::uint64_t{0}),
                    .duplicate = json.value("duplicate", false)};
}

class NatsConnection final : public Connection {
 public:
  NatsConnection(natsConnection* connection, std::shared_ptr<Events> events)
      : connection_(connection),
        events_(std::move(events)) {}
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection(NatsConnection&&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;
  NatsConnection& operator=(NatsConnection&&) = delete;

  /// The subscriptions are freed by the closed callback: until then nats.c's read thread may be
  /// passing a message on to one of them.
  ~NatsConnection() override {
    events_->silence();
    natsConnection_Close(connection_);
    natsConnection_Destroy(connection_);
  }

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              Milliseconds timeout) override {
    try {
      return round_trip("request", subject, payload, {}, timeout);
    } catch (const std::exception& failure) {
      return Error{"cannot request " + subject + ": " + failure.what()};
    }
  }

  void request_all(const std::vector<jetstream::ApiRequest>& requests,
                   Milliseconds timeout,
                   const RequestWindow::Answered& answered) override {
    std::vector<bool> told(requests.size());
    const RequestWindow::Answered note = [&](std::size_t index, Result<std::string> answer) {
      told[index] = true;
      answered(index, std::move(answer));
    };
    try {
      pipeline(requests, timeout, note);
    } catch (const std::exception& failure) {
      for (std::size_t index = 0; index < requests.size(); ++index)
        if (!told[index])
          note(index, Error{"cannot request " + requests[index].subject + ": " + failure.what()});
    }
  }

  Result<PublishAck> publish_acked(const std::string& subject,
                                   const std::string& payload,
                                   const Headers& headers,
                                   Milliseconds timeout) override {
    try {
      const Result<std::string> answer =
          round_trip("publish to", subject, payload, headers, timeout);
      return answer ? parse_ack(subject, *answer) : answer.error();
    } catch (const std::exception& failure) {
      return Error{"cannot publish to " + subject + ": " + failure.what()};
    }
  }

  Result<void> subscribe_advisories(const std::vector<std::string>& subjects) override {
    try {
      return subscribe_all(subjects);
    } catch (const std::exception& failure) {
      return Error{std::string{"cannot subscribe: "} + failure.what()};
    }
  }

  Result<std::unique_ptr<Inbox>> open_inbox(InboxKind kind, const std::string& group) override {
    return subscribe_inbox(connection_, events_, kind, group);
  }

  Result<void> send(const std::string& subject,
                    const std::string& reply,
                    const std::string& payload,
                    const HeaderList& headers) override {
    if (!is_safe_subject(subject) || (!reply.empty() && !is_safe_subject(reply)))
      return Error{fmt::format("cannot send to \"{}\": not a subject", subject)};
    // Otherwise nats.c would keep the message until it is connected again.
    if (!connected())
      return Error{fmt::format("cannot send to {}: {}", subject, not_connected_text())};
    return send_message(connection_, subject, reply, payload, headers);
  }

  [[nodiscard]] bool connected() const override {
    return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
  }

 private:
  Result<std::string> round_trip(const char* operation,
                                 const std::string& subject,
                                 const std::string& payload,
                                 const Headers& headers,
                                 Milliseconds timeout) {
    const std::string what = fmt::format("cannot {} {}", operation, subject);
    if (!is_safe_subject(subject))
      return Error{fmt::format("cannot {} \"{}\": not a subject", operation, subject)};
    const auto start = Events::Clock::now();
    Replies::Awaited awaited{*events_, connection_};
    // Otherwise nats.c would keep the request until it is connected again.
    if (!connected())
      return Error{what + ": " + not_connected_text()};
    natsStatus status = awaited.status();
    Message reply;
    if (status == NATS_OK) {
      const Result<Message> message = make_message(subject, awaited.subject(), payload, headers);
      if (!message)
        return message.error();
      status = natsConnection_PublishMsg(connection_, message->get());
    }
    if (status == NATS_OK)
      status = awaited.next(reply, timeout);
    if (status == NATS_OK && natsMsg_IsNoResponders(reply.get()))
      status = NATS_NO_RESPONDERS;
    if (status != NATS_OK)
      return Error{what + ": " + failure_text(status, subject, start, timeout)};
    return payload_of(reply.get());
  }

  void pipeline(const std::vector<jetstream::ApiRequest>& requests,
                Milliseconds timeout,
                const RequestWindow::Answered& answered) {
    const auto start = Events::Clock::now();
    const RequestWindow::Failure failure = [&](const std::string& subject, natsStatus status) {
      return Error{fmt::format("cannot request {}: {}", subject,
                               status == NATS_CONNECTION_DISCONNECTED
                                   ? not_connected_text()
                                   : failure_text(status, subject, start, timeout))};
    };
    Replies::Awaited awaited{*events_, connection_};
    RequestWindow{connection_, awaited, {requests, timeout, answered, failure}}.run();
  }

  [[nodiscard]] std::string not_connected_text() const {
    const std::string error = last_error();
    const std::string cause = error.empty() ? std::string{} : " (" + error + ")";
    return (natsConnection_IsClosed(connection_) ? "connection to nats-server is closed"
                                                 : "not connected to nats-server") +
           cause;
  }

  [[nodiscard]] std::string failure_text(natsStatus status,
                                         const std::string& subject,
                                         Events::Clock::time_point start,
                                         Milliseconds timeout) const {
    switch (status) {
      case NATS_NO_RESPONDERS:
        return subject.starts_with("$JS.") ? "no responders: JetStream is off or not up yet"
                                           : "no responders: no stream is bound to the subject";
      case NATS_TIMEOUT: {
        // A missing permission shows only as silence here; the server says it on the side.
        const std::string aside = events_->error_since(start);
        return fmt::format("no answer within {} ms{}", timeout.count(),
                           aside.empty() ? "" : " (" + aside + ")");
      }
      case NATS_CONNECTION_CLOSED:
      case NATS_CONNECTION_DISCONNECTED:
        return "connection to nats-server lost while waiting for the answer";
      case NATS_MAX_PAYLOAD:
        return "larger than the server's max_payload";
      default:
        return last_error_text(status);
    }
  }

  [[nodiscard]] std::string last_error() const {
    const char* text = nullptr;
    natsConnection_GetLastError(connection_, &text);
    return text == nullptr ? std::string{} : std::string{text};
  }

  Result<void> subscribe_all(const std::vector<std::string>& subjects) {
    const auto start = Events::Clock::now();
    const std::string error_before = last_error();
    for (const std::string& subject : subjects) {
      if (!is_safe_subject(subject))
        return Error{fmt::format("cannot subscribe to \"{}\": not a subject", subject)};
      if (const natsStatus status = events_->subscribe_advisories(connection_, subject);
          status != NATS_OK)
        return Error{"cannot subscribe to " + subject + ": " + last_error_text(status)};
    }
    constexpr Milliseconds kFlushTimeout{5000};
    if (const natsStatus status = events_->subscriptions().flush(connection_, kFlushTimeout);
        status != NATS_OK)
      return Error{"cannot subscribe: " + last_error_text(status)};
    // The server's refusal comes before its answer to the flush, but may reach the error callback
    // after it.
    if (const std::string error = last_error(); error != error_before)
      return Error{"cannot subscribe: " + error};
    if (const std::string refused = events_->error_since(start); !refused.empty())
      return Error{"cannot subscribe: " + refused};
    return {};
  }

  natsConnection* const connection_;
  const std::shared_ptr<Events> events_;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options,
                                            const Callbacks& callbacks) {
  const Result<NatsOptions> prepared = make_options(options);
  if (!prepared)
    return prepared.error();
  const auto events = Events::attach(prepared->get(), callbacks, options.reconnect_wait);
  if (!events)
    return Error{fmt::format("cannot connect to {}: {}", without_userinfo(options.url),
                             events.error().message)};
  natsConnection* connection = nullptr;
  if (const natsStatus status = natsConnection_Connect(&connection, prepared->get());
      status != NATS_OK) {
    const std::string cause = last_error_text(status);
    (*events)->forget();
    return Error{fmt::format("cannot connect to {}: {}", without_userinfo(options.url), cause)};
  }
  return std::unique_ptr<Connection>{std::make_unique<NatsConnection>(connection, *events)};
}

}  // namespace unified::nats
