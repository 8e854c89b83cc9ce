#pragma once

#include <chrono>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "base/result.h"

namespace unified::health {

/// Awaits an operation; its error comes as the first result, not as an exception.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

/// A connection to an address (never a name, so nothing is looked up), whose every operation must
/// end within `timeout` from now. Runs on the caller's executor.
boost::asio::awaitable<Result<boost::beast::tcp_stream, boost::beast::error_code>> tcp_connect(
    std::string address, int port, std::chrono::milliseconds timeout);

/// `operation`: what happened, with the deadline where that is it.
Error connection_error(const std::string& operation,
                       const boost::beast::error_code& error,
                       std::chrono::milliseconds timeout);

}  // namespace unified::health
