#include "health/http/http_probe.h"

#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "health/http/tcp_connect.h"

namespace unified::health {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t kMaxAnswerBytes = std::size_t{4} * 1024 * 1024;

}  // namespace

asio::awaitable<Result<HttpAnswer>> http_get(std::string host,
                                             int port,
                                             std::string target,
                                             std::chrono::milliseconds timeout) {
  const auto failed = [&](const beast::error_code& error) {
    return connection_error(fmt::format("GET http://{}:{}{}", host, port, target), error, timeout);
  };
  std::string address = host;
  auto stream = co_await tcp_connect(std::move(address), port, timeout);
  if (!stream)
    co_return failed(stream.error());
  http::request<http::empty_body> request{http::verb::get, target, 11};
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  const auto [write_error, written] = co_await http::async_write(*stream, request, kAwait);
  if (write_error)
    co_return failed(write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  const auto [read_error, read] = co_await http::async_read(*stream, buffer, parser, kAwait);
  if (read_error)
    co_return failed(read_error);
  constexpr unsigned kLowestStatus = 100;  // Beast takes any three digits
  if (parser.get().result_int() < kLowestStatus)
    co_return failed(http::make_error_code(http::error::bad_status));
  co_return HttpAnswer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace unified::health
