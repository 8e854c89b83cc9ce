#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <nats/nats.h>

#include "base/result.h"
#include "jetstream/api_port.h"

namespace unified::nats {

/// Many requests over one connection, a bounded number of them under way at once; each has its own
/// deadline. Blocks in run(). `failure` words why the request to a subject has no answer.
class RequestWindow {
 public:
  using Answered = std::function<void(std::size_t index, Result<std::string> answer)>;
  using Failure = std::function<Error(const std::string& subject, natsStatus status)>;

  /// Refers to all it is given.
  RequestWindow(natsConnection* connection,
                const std::vector<jetstream::ApiRequest>& requests,
                std::chrono::milliseconds timeout,
                const Answered& answered,
                const Failure& failure);
  RequestWindow(const RequestWindow&) = delete;
  RequestWindow(RequestWindow&&) = delete;
  RequestWindow& operator=(const RequestWindow&) = delete;
  RequestWindow& operator=(RequestWindow&&) = delete;
  ~RequestWindow();

  /// Returns when every request has its answer or its failure.
  void run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Sent {
    std::size_t index;
    Clock::time_point deadline;
  };

  void open();
  void fill();
  void receive();
  void time_out();
  void take(natsMsg* reply);
  void give_up(natsStatus status);
  void settle(std::size_t index, Result<std::string> answer);
  [[nodiscard]] std::chrono::milliseconds patience() const;

  natsConnection* connection_;
  const std::vector<jetstream::ApiRequest>& requests_;
  std::chrono::milliseconds timeout_;
  const Answered& answered_;
  const Failure& failure_;
  natsInbox* inbox_ = nullptr;
  natsSubscription* replies_ = nullptr;
  std::size_t next_ = 0;     ///< the first request that is not sent yet
  std::vector<Sent> sent_;   ///< without an answer, the oldest first
  std::size_t in_vain_ = 0;  ///< timeouts since the last reply
};

}  // namespace unified::nats
