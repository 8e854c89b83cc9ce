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

/// Every consumer of each stream, durable or not, by name; all pages, several streams at once.
/// Errors, beside those of a request (10059: no such stream): a consumer that the server can't
/// describe now (it is not absent), and a field of a type that it never had.
std::vector<ApiResult<std::vector<ConsumerState>>> list_consumers(
    ApiPort& port, const std::vector<std::string>& streams, std::chrono::milliseconds timeout);
/// The same for one stream.
ApiResult<std::vector<ConsumerState>> list_consumers(ApiPort& port,
                                                     const std::string& stream,
                                                     std::chrono::milliseconds timeout);

}  // namespace unified::jetstream
