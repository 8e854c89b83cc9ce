#include "health/http/tcp_connect.h"

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

namespace unified::health {

namespace asio = boost::asio;
namespace beast = boost::beast;

asio::awaitable<Result<beast::tcp_stream, beast::error_code>> tcp_connect(
    std::string address, int port, std::chrono::milliseconds timeout) {
  beast::error_code not_an_address;
  const auto parsed = asio::ip::make_address(address, not_an_address);
  if (not_an_address)
    co_return not_an_address;
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  stream.expires_after(timeout);
  const asio::ip::tcp::endpoint endpoint{parsed, static_cast<asio::ip::port_type>(port)};
  const auto [refused] = co_await stream.async_connect(endpoint, kAwait);
  if (refused)
    co_return refused;
  co_return std::move(stream);
}

Error connection_error(const std::string& operation,
                       const beast::error_code& error,
                       std::chrono::milliseconds timeout) {
  if (error == beast::error::timeout)
    return Error{fmt::format("{}: no answer within {} ms", operation, timeout.count())};
  return error.category() == asio::error::get_system_category()
             ? system_error(operation, error.value())
             : Error{operation + ": " + error.message()};
}

}  // namespace unified::health
