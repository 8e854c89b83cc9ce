#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace unified::test {

struct HttpReply {
  int status = 0;
  std::string body;
};

/// GET over TCP; `path` with its query.
Result<HttpReply> http_get(const std::string& host,
                           int port,
                           const std::string& path,
                           std::chrono::milliseconds limit = std::chrono::seconds{10});

/// GET over a unix socket.
Result<HttpReply> http_get(const std::string& socket,
                           const std::string& path,
                           std::chrono::milliseconds limit = std::chrono::seconds{10});

}  // namespace unified::test
