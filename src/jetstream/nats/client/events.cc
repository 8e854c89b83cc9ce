#include "jetstream/nats/client/events.h"

#include <algorithm>
#include <utility>

namespace unified::nats {
namespace {

using Reference = std::shared_ptr<Events>;

Events& events_of(void* closure) {
  return **static_cast<Reference*>(closure);
}

std::string last_error_of(natsConnection* connection) {
  const char* text = nullptr;
  natsConnection_GetLastError(connection, &text);
  return text == nullptr ? std::string{} : std::string{text};
}

// nats.c is C: an exception must not cross it. What is lost then is one notification, for want of
// memory.
template <typename Action>
void guarded(Action&& action) noexcept {
  try {
    std::forward<Action>(action)();
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

void on_disconnected(natsConnection* connection, void* closure) {
  guarded([&] {
    events_of(closure).connection_changed(false, "disconnected: " + last_error_of(connection));
  });
}

void on_reconnected(natsConnection* /*connection*/, void* closure) {
  guarded([&] { events_of(closure).connection_changed(true, ""); });
}

void on_closed(natsConnection* connection, void* closure) {
  guarded([&] {
    events_of(closure).connection_changed(false, "closed: " + last_error_of(connection));
  });
  Events::forget(closure);
}

void on_error(natsConnection* connection,
              natsSubscription* /*subscription*/,
              natsStatus status,
              void* closure) {
  guarded([&] {
    std::string text = last_error_of(connection);
    events_of(closure).remember_error(text.empty() ? natsStatus_GetText(status) : std::move(text));
  });
}

int64_t on_reconnect_delay(natsConnection* /*connection*/, int attempts, void* closure) {
  return events_of(closure).pause_before(attempts).count();
}

void on_message(natsConnection* /*connection*/,
                natsSubscription* /*subscription*/,
                natsMsg* message,
                void* closure) {
  guarded([&] {
    events_of(closure).message(
        natsMsg_GetSubject(message),
        {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))});
  });
  natsMsg_Destroy(message);
}

}  // namespace

Events::Events(Callbacks callbacks, std::chrono::milliseconds longest_pause)
    : callbacks_(std::move(callbacks)),
      longest_pause_(longest_pause) {}

void Events::silence() {
  const std::scoped_lock lock{delivering_};
  silenced_ = true;
}

void Events::connection_changed(bool connected, const std::string& why) {
  const std::scoped_lock lock{delivering_};
  if (!silenced_ && callbacks_.on_connection)
    callbacks_.on_connection(connected, why);
}

void Events::message(std::string subject, std::string payload) {
  const std::scoped_lock lock{delivering_};
  if (!silenced_ && callbacks_.on_advisory)
    callbacks_.on_advisory(std::move(subject), std::move(payload));
}

void Events::remember_error(std::string text) {
  const std::scoped_lock lock{error_mutex_};
  last_error_ = std::move(text);
  last_error_time_ = Clock::now();
}

std::string Events::error_since(Clock::time_point since) const {
  const std::scoped_lock lock{error_mutex_};
  return last_error_time_ > since ? last_error_ : std::string{};
}

std::chrono::milliseconds Events::pause_before(int attempt) const {
  constexpr std::chrono::milliseconds kFirst{25};
  const int doublings = std::clamp(attempt - 1, 0, 20);
  return std::min(kFirst * (1 << doublings), longest_pause_);
}

natsStatus Events::attach(natsOptions* options,
                          const std::shared_ptr<Events>& events,
                          void** reference) {
  *reference = new Reference{events};
  natsStatus status = natsOptions_SetDisconnectedCB(options, &on_disconnected, *reference);
  if (status == NATS_OK)
    status = natsOptions_SetReconnectedCB(options, &on_reconnected, *reference);
  if (status == NATS_OK)
    status = natsOptions_SetErrorHandler(options, &on_error, *reference);
  if (status == NATS_OK)
    status = natsOptions_SetCustomReconnectDelay(options, &on_reconnect_delay, *reference);
  if (status == NATS_OK)
    status = natsOptions_SetClosedCB(options, &on_closed, *reference);
  return status;
}

void Events::forget(void* reference) {
  delete static_cast<Reference*>(reference);
}

natsStatus Events::subscribe(natsSubscription** subscription,
                             natsConnection* connection,
                             const char* subject,
                             const std::shared_ptr<Events>& events) {
  auto* const reference = new Reference{events};
  const natsStatus status =
      natsConnection_Subscribe(subscription, connection, subject, &on_message, reference);
  if (status != NATS_OK) {
    forget(reference);
    return status;
  }
  return natsSubscription_SetOnCompleteCB(*subscription, &Events::forget, reference);
}

}  // namespace unified::nats
