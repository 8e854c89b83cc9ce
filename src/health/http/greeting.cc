#include "health/http/greeting.h"

#include <utility>

#include <boost/asio/read_until.hpp>
#include <fmt/format.h>

#include "health/http/tcp_connect.h"

namespace unified::health {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t kMaxLineBytes = std::size_t{64} * 1024;
constexpr std::string_view kVerb = "INFO ";

}  // namespace

asio::awaitable<Result<std::string>> nats_greeting(std::string host,
                                                   int port,
                                                   std::chrono::milliseconds timeout) {
  const std::string operation = fmt::format("cannot connect to {}:{}", host, port);
  auto stream = co_await tcp_connect(std::move(host), port, timeout);
  if (!stream)
    co_return connection_error(operation, stream.error(), timeout);
  std::string line;
  auto buffer = asio::dynamic_buffer(line, kMaxLineBytes);
  const auto [read_error, size] = co_await asio::async_read_until(*stream, buffer, '\n', kAwait);
  if (!read_error && line.starts_with(kVerb))
    co_return line.substr(kVerb.size(), size - kVerb.size());
  if (read_error == beast::error::timeout)
    co_return connection_error(operation, read_error, timeout);
  co_return Error{operation +
                  ": what listens there is no nats-server (or one with handshake_first)"};
}

}  // namespace unified::health
