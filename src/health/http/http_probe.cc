#include "health/http/http_probe.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace unified::health {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t kMaxAnswerBytes = std::size_t{4} * 1024 * 1024;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace

asio::awaitable<Result<HttpAnswer>> http_get(std::string host,
                                             int port,
                                             std::string target,
                                             std::chrono::milliseconds timeout) {
  const auto failed = [&](const beast::error_code& error) {
    const std::string operation = fmt::format("GET http://{}:{}{}", host, port, target);
    if (error == beast::error::timeout)
      return Error{fmt::format("{}: no answer within {} ms", operation, timeout.count())};
    return error.category() == asio::error::get_system_category()
               ? system_error(operation, error.value())
               : Error{operation + ": " + error.message()};
  };
  beast::error_code address_error;
  const auto address = asio::ip::make_address(host, address_error);
  if (address_error)
    co_return failed(address_error);
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  stream.expires_after(timeout);
  const auto [connect_error] = co_await stream.async_connect(
      asio::ip::tcp::endpoint{address, static_cast<asio::ip::port_type>(port)}, kAwait);
  if (connect_error)
    co_return failed(connect_error);
  http::request<http::empty_body> request{http::verb::get, target, 11};
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwait);
  if (write_error)
    co_return failed(write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
  if (read_error)
    co_return failed(read_error);
  co_return HttpAnswer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace unified::health
