#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace unified::health {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// GET http://HOST:PORT/TARGET over plain TCP; HOST is an IP address. Any HTTP answer is a value,
/// whatever its status. Errors: refused, no answer within `timeout`. At most 4 MiB.
boost::asio::awaitable<Result<HttpAnswer>> http_get(std::string host,
                                                    int port,
                                                    std::string target,
                                                    std::chrono::milliseconds timeout);

}  // namespace unified::health
