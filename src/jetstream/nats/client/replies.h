#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <nats/nats.h>

#include "jetstream/nats/client/message.h"

namespace unified::nats {

class Events;

/// Where the answers to all requests of one connection come in: a subscription of ours, made with
/// the first request. (nats.c's own, behind natsConnection_Request, is freed by
/// natsConnection_Close while the read thread may be passing a late answer on to it, in versions
/// before 3.6.) Any thread.
class Replies {
 public:
  /// The answers to one request, or to several. For one thread; must not outlive the connection.
  class Awaited {
   public:
    /// The request is to be sent after this: a connection lost since then ends the waiting.
    Awaited(Events& events, natsConnection* connection);
    Awaited(const Awaited&) = delete;
    Awaited(Awaited&&) = delete;
    Awaited& operator=(const Awaited&) = delete;
    Awaited& operator=(Awaited&&) = delete;
    /// An answer that comes later is dropped.
    ~Awaited();

    /// Not NATS_OK: no answer can come.
    [[nodiscard]] natsStatus status() const { return status_; }
    /// Where the answer is to be sent to, or below it (`SUBJECT.3`).
    [[nodiscard]] const std::string& subject() const { return subject_; }

    /// Waits for the next answer. NATS_TIMEOUT: none came; NATS_CONNECTION_CLOSED: the connection
    /// on which it was to come was lost.
    natsStatus next(Message& answer, std::chrono::milliseconds timeout);

   private:
    friend class Replies;
    [[nodiscard]] bool is_lost() const;

    Replies& replies_;
    natsConnection* const connection_;
    natsStatus status_;
    std::uint64_t reconnects_ = 0;  ///< of the connection when this began
    std::uint64_t number_ = 0;
    std::string subject_;
    // Under the mutex of replies_:
    std::deque<Message> come_;
    bool disturbed_ = false;  ///< a connection was lost, maybe this one
    std::condition_variable changed_;
  };

  /// A message on our subscription.
  void deliver(Message message);
  /// A connection was lost: who waits looks whether it was his.
  void disturb();

 private:
  natsStatus open(Events& events, natsConnection* connection);
  [[nodiscard]] Awaited* addressee(std::string_view subject) const;

  std::mutex mutex_;
  std::string prefix_;  ///< of the subjects; empty: not subscribed yet
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Awaited*> awaited_;
};

}  // namespace unified::nats
