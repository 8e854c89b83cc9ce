#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include <nats/nats.h>

namespace unified::nats {

/// The subscriptions of one connection, each of them freed only when nats.c can't touch it any
/// more. nats.c before 3.6 (Debian 12 has 3.4) passes a message on to a subscription without a
/// reference of its own (nats.c #637), so one that is destroyed while a message for it comes in is
/// written to after it was freed. Its read thread has gone on to something else when a flush that
/// began after the unsubscribing is answered, and when the closed callback is called. Any thread.
class Subscriptions {
 public:
  Subscriptions() = default;
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions(Subscriptions&&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;
  Subscriptions& operator=(Subscriptions&&) = delete;
  /// What is not freed by now is lost, not destroyed: nats.c never said that it is done with it.
  ~Subscriptions() = default;

  /// Takes the ownership of one that lasts as long as the connection.
  void keep(natsSubscription* subscription);

  /// Takes the ownership of one that nobody uses any more: nothing comes to it from now on. It is
  /// freed by the next flush() or closed().
  void retire(natsSubscription* subscription);

  /// natsConnection_FlushTimeout(); frees what was retired before, if the server answers.
  natsStatus flush(natsConnection* connection, std::chrono::milliseconds timeout);

  /// The closed callback was called.
  void closed();

 private:
  void hold(natsSubscription* subscription, std::vector<natsSubscription*>& where);

  std::mutex mutex_;
  std::vector<natsSubscription*> kept_;
  std::vector<natsSubscription*> retired_;
  bool closed_ = false;
};

}  // namespace unified::nats
