#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <nats/nats.h>

#include "jetstream/nats/connection.h"

namespace unified::nats {

/// The receiving side of nats.c's callbacks. nats.c may still call after the Connection is gone, so
/// it holds a reference of its own until its last call.
class Events {
 public:
  using Clock = std::chrono::steady_clock;

  Events(Callbacks callbacks, std::chrono::milliseconds longest_pause);

  /// Nothing is passed on after this has returned.
  void silence();

  void connection_changed(bool connected, const std::string& why);
  void message(std::string subject, std::string payload);
  void remember_error(std::string text);

  /// The newest asynchronous error ("Permissions Violation for Publish to …") that came after
  /// `since`; empty if none.
  [[nodiscard]] std::string error_since(Clock::time_point since) const;

  /// How long to wait before connect attempt `attempt` (1, 2, …): 25 ms doubling up to the longest
  /// pause.
  [[nodiscard]] std::chrono::milliseconds pause_before(int attempt) const;

  /// Registers on the options. The reference that nats.c holds ends with the closed callback: call
  /// forget() if no connection was made.
  static natsStatus attach(natsOptions* options,
                           const std::shared_ptr<Events>& events,
                           void** reference);
  static void forget(void* reference);

  /// Subscribes; the subscription holds its own reference to `events`.
  static natsStatus subscribe(natsSubscription** subscription,
                              natsConnection* connection,
                              const char* subject,
                              const std::shared_ptr<Events>& events);

 private:
  mutable std::mutex delivering_;  // held while a callback of the user runs
  Callbacks callbacks_;
  bool silenced_ = false;
  const std::chrono::milliseconds longest_pause_;

  mutable std::mutex error_mutex_;
  std::string last_error_;
  Clock::time_point last_error_time_;
};

}  // namespace unified::nats
