#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace unified::jetstream {

/// One request to nats-server and its answer. The smallest port that the JetStream client needs;
/// the real one is jetstream/nats (nats.c), tests bring a fake.
class ApiPort {
 public:
  virtual ~ApiPort() = default;
  /// The reply's payload. Errors: no reply within `timeout`, no responders, not connected. Blocks:
  /// worker thread only.
  virtual Result<std::string> request(const std::string& subject,
                                      const std::string& payload,
                                      std::chrono::milliseconds timeout) = 0;
};

}  // namespace unified::jetstream
