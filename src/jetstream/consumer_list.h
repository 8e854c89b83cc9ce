#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jetstream/api.h"
#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// From `{"name":…,"config":…,"delivered":…}` as CONSUMER.LIST, INFO and CREATE send it. What is
/// missing or of another type is 0 or empty.
ConsumerState parse_consumer_state(const std::string& stream, nlohmann::json answer);

/// A consumer that is there, and of which nothing can be said now: not absent.
struct UnreachableConsumer {
  std::string name;
  std::string why;
};

struct ConsumerList {
  std::vector<ConsumerState> consumers;  ///< by name
  /// Those that the server can't describe ("missing" and "offline" of CONSUMER.LIST), and those
  /// with a field of a type that it never had.
  std::vector<UnreachableConsumer> unreachable;
};

/// Every consumer of each stream, durable or not; all pages, several streams at once. Errors: those
/// of a request (10059: no such stream), and a list without end.
std::vector<ApiResult<ConsumerList>> list_consumers(ApiPort& port,
                                                    const std::vector<std::string>& streams,
                                                    std::chrono::milliseconds timeout);
/// The same for one stream.
ApiResult<ConsumerList> list_consumers(ApiPort& port,
                                       const std::string& stream,
                                       std::chrono::milliseconds timeout);

}  // namespace unified::jetstream
