#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace unified::jetstream {

struct ApiRequest {
  std::string subject;
  std::string payload;
};

/// Requests to nats-server and their answers. The smallest port that the JetStream client needs;
/// the real one is jetstream/nats (nats.c), tests bring a fake.
class ApiPort {
 public:
  virtual ~ApiPort() = default;
  /// The reply's payload. Errors: no reply within `timeout`, no responders, not connected. Blocks:
  /// worker thread only.
  virtual Result<std::string> request(const std::string& subject,
                                      const std::string& payload,
                                      std::chrono::milliseconds timeout) = 0;

  /// Several requests that do not depend on each other, a bounded number of them under way at once
  /// where the port can do that. `answered` is called once for each, in any order, on this thread.
  /// `timeout` is for each. Blocks.
  virtual void request_all(
      const std::vector<ApiRequest>& requests,
      std::chrono::milliseconds timeout,
      const std::function<void(std::size_t index, Result<std::string> answer)>& answered) {
    for (std::size_t index = 0; index < requests.size(); ++index)
      answered(index, request(requests[index].subject, requests[index].payload, timeout));
  }
};

}  // namespace unified::jetstream
