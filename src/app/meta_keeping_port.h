#pragma once

#include <optional>
#include <string>
#include <utility>

#include "jetstream/api_port.h"

namespace unified::app {

/// Passes requests on, and keeps a copy of the meta files of what a request changes until it is
/// answered (app/kept_meta.h). A request whose copy can't be made is not sent: it is answered with
/// that error, as nats-server would. Blocks on the disk of the store.
class MetaKeepingPort final : public jetstream::ApiPort {
 public:
  /// `store_dir`: of the nats-server that is asked; empty when its files are not ours: then every
  /// request is only passed on.
  MetaKeepingPort(jetstream::ApiPort& port, std::string store_dir)
      : port_(port),
        store_dir_(std::move(store_dir)) {}

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds timeout) override;
  void request_all(
      const std::vector<jetstream::ApiRequest>& requests,
      std::chrono::milliseconds timeout,
      const std::function<void(std::size_t index, Result<std::string> answer)>& answered) override;

 private:
  /// The answer to a request that must not be sent; nothing: it may be.
  [[nodiscard]] std::optional<std::string> refusal(const std::string& subject) const;
  void drop(const std::string& subject, const Result<std::string>& answer) const;

  jetstream::ApiPort& port_;
  std::string store_dir_;
};

}  // namespace unified::app
