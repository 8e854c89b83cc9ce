#include "jetstream/nats/client/events.h"

#include <algorithm>
#include <map>
#include <utility>

#include "jetstream/nats/client/status.h"

namespace unified::nats {
namespace {

/// Those that nats.c may call, by the number that it gives back to its callbacks.
struct Known {
  std::mutex mutex;
  std::uintptr_t last = 0;
  std::map<std::uintptr_t, std::shared_ptr<Events>> events;
};

Known& known() {
  // Never destroyed: nats.c's threads run on while a program returns from main().
  static auto* const all = new Known;  // NOLINT(cppcoreguidelines-owning-memory)
  return *all;
}

void* closure_of(std::uintptr_t number) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): nobody follows it
  return reinterpret_cast<void*>(number);
}

/// Nothing: the connection is gone.
std::shared_ptr<Events> events_of(void* closure) {
  Known& all = known();
  const std::scoped_lock lock{all.mutex};
  const auto found = all.events.find(reinterpret_cast<std::uintptr_t>(closure));
  return found == all.events.end() ? nullptr : found->second;
}

std::string last_error_of(natsConnection* connection) {
  const char* text = nullptr;
  natsConnection_GetLastError(connection, &text);
  return text == nullptr ? std::string{} : std::string{text};
}

// nats.c is C: an exception must not cross it. What is lost then is one notification, for want of
// memory.
template <typename Action>
void with_events(void* closure, Action&& action) noexcept {
  try {
    if (const std::shared_ptr<Events> events = events_of(closure))
      std::forward<Action>(action)(*events);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

void on_disconnected(natsConnection* connection, void* closure) {
  with_events(closure, [&](Events& events) {
    events.connection_changed(false, "disconnected: " + last_error_of(connection));
  });
}

void on_reconnected(natsConnection* /*connection*/, void* closure) {
  with_events(closure, [](Events& events) { events.connection_changed(true, ""); });
}

void on_closed(natsConnection* connection, void* closure) {
  with_events(closure,
              [&](Events& events) { events.closed("closed: " + last_error_of(connection)); });
}

void on_error(natsConnection* connection,
              natsSubscription* /*subscription*/,
              natsStatus status,
              void* closure) {
  with_events(closure, [&](Events& events) {
    std::string text = last_error_of(connection);
    events.remember_error(text.empty() ? natsStatus_GetText(status) : std::move(text));
  });
}

int64_t on_reconnect_delay(natsConnection* /*connection*/, int attempts, void* closure) {
  int64_t pause = 1000;
  with_events(closure, [&](Events& events) { pause = events.pause_before(attempts).count(); });
  return pause;
}

void on_message(natsConnection* /*connection*/,
                natsSubscription* /*subscription*/,
                natsMsg* received,
                void* closure) {
  const Message message{received};
  with_events(closure, [&](Events& events) {
    events.message(
        natsMsg_GetSubject(received),
        {natsMsg_GetData(received), static_cast<std::size_t>(natsMsg_GetDataLength(received))});
  });
}

void on_reply(natsConnection* /*connection*/,
              natsSubscription* /*subscription*/,
              natsMsg* received,
              void* closure) {
  Message message{received};
  with_events(closure, [&](Events& events) { events.replies().deliver(std::move(message)); });
}

}  // namespace

Result<std::shared_ptr<Events>> Events::attach(natsOptions* options,
                                               const Callbacks& callbacks,
                                               std::chrono::milliseconds longest_pause) {
  std::shared_ptr<Events> events;
  {
    Known& all = known();
    const std::scoped_lock lock{all.mutex};
    const std::uintptr_t number = ++all.last;
    events = std::make_shared<Events>(number, callbacks, longest_pause);
    all.events.emplace(number, events);
  }
  void* const closure = closure_of(events->number_);
  natsStatus status = natsOptions_SetDisconnectedCB(options, &on_disconnected, closure);
  if (status == NATS_OK)
    status = natsOptions_SetReconnectedCB(options, &on_reconnected, closure);
  if (status == NATS_OK)
    status = natsOptions_SetErrorHandler(options, &on_error, closure);
  if (status == NATS_OK)
    status = natsOptions_SetCustomReconnectDelay(options, &on_reconnect_delay, closure);
  if (status == NATS_OK)
    status = natsOptions_SetClosedCB(options, &on_closed, closure);
  if (status == NATS_OK)
    return events;
  events->forget();
  return Error{"cannot set callbacks: " + last_error_text(status)};
}

Events::Events(std::uintptr_t number, Callbacks callbacks, std::chrono::milliseconds longest_pause)
    : number_(number),
      callbacks_(std::move(callbacks)),
      longest_pause_(longest_pause) {}

void Events::silence() {
  const std::scoped_lock lock{delivering_};
  callbacks_ = {};
}

void Events::forget() const {
  Known& all = known();
  std::shared_ptr<Events> last;  // destroyed without the lock
  const std::scoped_lock lock{all.mutex};
  if (const auto found = all.events.find(number_); found != all.events.end()) {
    last = std::move(found->second);
    all.events.erase(found);
  }
}

void Events::connection_changed(bool connected, const std::string& why) {
  if (!connected)
    replies_.disturb();
  const std::scoped_lock lock{delivering_};
  if (callbacks_.on_connection)
    callbacks_.on_connection(connected, why);
}

void Events::closed(const std::string& why) {
  forget();
  subscriptions_.closed();
  connection_changed(false, why);
}

void Events::message(std::string subject, std::string payload) {
  const std::scoped_lock lock{delivering_};
  if (callbacks_.on_advisory)
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

natsStatus Events::subscribe_advisories(natsConnection* connection, const std::string& subject) {
  return subscribe(connection, subject, &on_message);
}

natsStatus Events::subscribe_replies(natsConnection* connection, const std::string& subject) {
  return subscribe(connection, subject, &on_reply);
}

natsStatus Events::subscribe(natsConnection* connection,
                             const std::string& subject,
                             natsMsgHandler handler) {
  natsSubscription* subscription = nullptr;
  const natsStatus status = natsConnection_Subscribe(&subscription, connection, subject.c_str(),
                                                     handler, closure_of(number_));
  if (status == NATS_OK)
    subscriptions_.keep(subscription);
  return status;
}

}  // namespace unified::nats
