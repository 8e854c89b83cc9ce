#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <nats/nats.h>

#include "jetstream/nats/client/message.h"
#include "jetstream/nats/client/replies.h"
#include "jetstream/nats/client/subscriptions.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

/// The receiving side of nats.c's callbacks for one connection. nats.c may still call after the
/// Connection is gone, even after it has called that it is closed: it knows us by a number, never
/// by an address, and a number that is not known any more is nobody's.
class Events {
 public:
  using Clock = std::chrono::steady_clock;

  /// Also makes it known to nats.c, on the options; it is until the closed callback. Call forget()
  /// if no connection was made.
  static Result<std::shared_ptr<Events>> attach(natsOptions* options,
                                                const Callbacks& callbacks,
                                                std::chrono::milliseconds longest_pause);

  Events(std::uintptr_t number, Callbacks callbacks, std::chrono::milliseconds longest_pause);

  /// Nothing is passed on after this has returned, and the Callbacks are destroyed.
  void silence();
  void forget() const;

  void connection_changed(bool connected, const std::string& why);
  /// The connection is closed for good: nats.c does not touch its subscriptions any more.
  void closed(const std::string& why);
  void message(std::string subject, std::string payload);
  void remember_error(std::string text);

  /// The newest asynchronous error ("Permissions Violation for Publish to …") that came after
  /// `since`; empty if none.
  [[nodiscard]] std::string error_since(Clock::time_point since) const;

  /// How long to wait before connect attempt `attempt` (1, 2, …): 25 ms doubling up to the longest
  /// pause.
  [[nodiscard]] std::chrono::milliseconds pause_before(int attempt) const;

  /// From now on messages on this subject come to message().
  natsStatus subscribe_advisories(natsConnection* connection, const std::string& subject);
  /// Those go to replies().
  natsStatus subscribe_replies(natsConnection* connection, const std::string& subject);

  [[nodiscard]] Subscriptions& subscriptions() { return subscriptions_; }
  [[nodiscard]] Replies& replies() { return replies_; }

 private:
  natsStatus subscribe(natsConnection* connection,
                       const std::string& subject,
                       natsMsgHandler handler);

  const std::uintptr_t number_;
  Subscriptions subscriptions_;
  Replies replies_;

  mutable std::mutex delivering_;  // held while a callback of the user runs
  Callbacks callbacks_;            // empty: silenced
  const std::chrono::milliseconds longest_pause_;

  mutable std::mutex error_mutex_;
  std::string last_error_;
  Clock::time_point last_error_time_;
};

}  // namespace unified::nats
