#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace unified::health {

/// The JSON of the `INFO {…}` line that nats-server sends to every client before anything else, TLS
/// or not (unless its TLS has handshake_first). HOST is an IP address. At most 64 KiB.
boost::asio::awaitable<Result<std::string>> nats_greeting(std::string host,
                                                          int port,
                                                          std::chrono::milliseconds timeout);

}  // namespace unified::health
