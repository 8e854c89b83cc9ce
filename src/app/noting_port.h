#pragma once

#include <functional>

#include "jetstream/api_port.h"
#include "jetstream/made_object.h"

namespace unified::app {

/// Passes requests on, and tells of every one that may have made or changed a stream or a consumer:
/// also one without an answer, which nats-server may have carried out.
class NotingPort final : public jetstream::ApiPort {
 public:
  /// `on_made` is called on the thread that asks, after the answer.
  NotingPort(jetstream::ApiPort& port,
             const std::function<void(const jetstream::MadeObject&)>& on_made)
      : port_(port),
        on_made_(on_made) {}

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds timeout) override;
  void request_all(
      const std::vector<jetstream::ApiRequest>& requests,
      std::chrono::milliseconds timeout,
      const std::function<void(std::size_t index, Result<std::string> answer)>& answered) override;

 private:
  void note(const std::string& subject, const Result<std::string>& answer) const;

  jetstream::ApiPort& port_;
  const std::function<void(const jetstream::MadeObject&)>& on_made_;
};

}  // namespace unified::app
