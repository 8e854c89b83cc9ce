#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <nats/nats.h>

#include "base/result.h"
#include "jetstream/api_port.h"
#include "jetstream/nats/client/message.h"
#include "jetstream/nats/client/replies.h"

namespace unified::nats {

/// Many requests over one connection, a bounded number of them under way at once; each has its own
/// deadline. Blocks in run(). `failure` words why the request to a subject has no answer.
class RequestWindow {
 public:
  using Answered = std::function<void(std::size_t index, Result<std::string> answer)>;
  using Failure = std::function<Error(const std::string& subject, natsStatus status)>;

  /// What is asked, and who hears of the outcomes.
  struct Questions {
    const std::vector<jetstream::ApiRequest>& requests;
    std::chrono::milliseconds timeout;
    const Answered& answered;
    const Failure& failure;
  };
  /// Refers to all it is given; `awaited` is where the answers come in.
  RequestWindow(natsConnection* connection, Replies::Awaited& awaited, const Questions& questions);
  RequestWindow(const RequestWindow&) = delete;
  RequestWindow(RequestWindow&&) = delete;
  RequestWindow& operator=(const RequestWindow&) = delete;
  RequestWindow& operator=(RequestWindow&&) = delete;
  ~RequestWindow() = default;

  /// Returns when every request has its answer or its failure.
  void run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Sent {
    std::size_t index;
    Clock::time_point deadline;
  };

  void fill();
  void receive();
  void time_out();
  void take(const Message& reply);
  void give_up(natsStatus status);
  void settle(std::size_t index, Result<std::string> answer);
  [[nodiscard]] std::chrono::milliseconds patience() const;

  natsConnection* connection_;
  Replies::Awaited& awaited_;
  const std::vector<jetstream::ApiRequest>& requests_;
  std::chrono::milliseconds timeout_;
  const Answered& answered_;
  const Failure& failure_;
  std::size_t next_ = 0;     ///< the first request that is not sent yet
  std::vector<Sent> sent_;   ///< without an answer, the oldest first
  std::size_t in_vain_ = 0;  ///< timeouts since the last reply
};

}  // namespace unified::nats
