#pragma once

#include <optional>
#include <string>

#include "jetstream/api_port.h"

namespace unified::app {

/// $JS.API over the control socket: the supervisor passes requests on over its own connection, so
/// that commands on its machine need neither NATS_URL nor a password. Only `$JS.API.>` and
/// jetstream::kVerifyPrefix are passed on.
class ControlPort final : public jetstream::ApiPort {
 public:
  explicit ControlPort(std::string socket) : socket_(std::move(socket)) {}

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds timeout) override;

  /// Provisioner::evidence of the supervisor; that it can't be asked is evidence, too.
  [[nodiscard]] std::optional<std::string> evidence(const std::string& stream,
                                                    const std::string& consumer) const;

 private:
  std::string socket_;
};

}  // namespace unified::app
