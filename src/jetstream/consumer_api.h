#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "jetstream/api.h"
#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// One CONSUMER.CREATE. From 2.10 on the server tells a creation from an update; 2.9 makes of both
/// what fits.
struct ConsumerCommand {
  std::string stream;
  std::string name;
  bool create = false;    ///< of one that exists with another configuration: refused (10148)
  nlohmann::json config;  ///< whole: what it leaves out goes back to its default
};

/// $JS.API.CONSUMER as functions. Blocks like the port.
class ConsumerApi {
 public:
  /// `timeout` is for each request. Refers to `port`.
  ConsumerApi(ApiPort& port, std::chrono::milliseconds timeout) : port_(port), timeout_(timeout) {}

  using Done = std::function<void(std::size_t index, ApiResult<ConsumerState> answer)>;
  /// Several at once; `done` is called for each.
  void send_all(const std::vector<ConsumerCommand>& commands, const Done& done);
  ApiResult<ConsumerState> send(const ConsumerCommand& command);
  /// err_code 10014: there is none.
  ApiResult<ConsumerState> info(const std::string& stream, const std::string& name);
  /// info() of several at once; `config` of a command is not looked at; `done` is called for each.
  void info_all(const std::vector<ConsumerCommand>& consumers, const Done& done);
  /// Deletes it, with its position.
  ApiResult<bool> remove(const std::string& stream, const std::string& name);

 private:
  ApiPort& port_;
  std::chrono::milliseconds timeout_;
};

}  // namespace unified::jetstream
