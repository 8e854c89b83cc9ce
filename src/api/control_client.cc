#include "api/control_client.h"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace unified::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::local::stream_protocol;

constexpr std::size_t kMaxAnswerBytes = std::size_t{16} * 1024 * 1024;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

Error failed(const std::string& path, const beast::error_code& error) {
  if (error == beast::error::timeout)
    return Error{"no answer on " + path + ": the supervisor did not reply in time"};
  return system_error("cannot reach the supervisor at " + path, error.value());
}

asio::awaitable<Result<Response>> get(std::string path,
                                      std::string target,
                                      std::chrono::milliseconds timeout) {
  beast::basic_stream<Protocol, asio::any_io_executor> stream{co_await asio::this_coro::executor};
  stream.expires_after(timeout);
  const auto [connect_error] = co_await stream.async_connect(Protocol::endpoint{path}, kAwait);
  if (connect_error)
    co_return failed(path, connect_error);
  http::request<http::empty_body> request{http::verb::get, target, 11};
  request.set(http::field::host, "supervisor");
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwait);
  if (write_error)
    co_return failed(path, write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
  if (read_error == http::error::end_of_stream)
    co_return Error{"the supervisor at " + path + " closed the connection without an answer"};
  if (read_error)
    co_return failed(path, read_error);
  co_return Response{static_cast<int>(parser.get().result_int()), std::move(parser.get().body()),
                     std::string{parser.get()[http::field::content_type]}};
}

}  // namespace

Result<Response> control_get(const std::string& socket_path,
                             const std::string& target,
                             std::chrono::milliseconds timeout) {
  if (socket_path.size() > 107)
    return Error{"cannot reach the supervisor at " + socket_path +
                 ": the path is too long for a unix socket"};
  asio::io_context reactor{1};
  std::optional<Result<Response>> answer;
  // co_spawn can't hand out a value without a default constructor, so the coroutine leaves it here.
  const auto run = [&]() -> asio::awaitable<void> {
    answer.emplace(co_await get(socket_path, target, timeout));
  };
  asio::co_spawn(reactor, run, asio::detached);
  reactor.run();
  return answer ? *std::move(answer)
                : Result<Response>{Error{"cannot reach the supervisor at " + socket_path}};
}

}  // namespace unified::api
