#include "api/control_client.h"

#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "api/await.h"

namespace unified::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::local::stream_protocol;

constexpr std::size_t kMaxAnswerBytes = std::size_t{16} * 1024 * 1024;

Unreachable failed(const std::string& path, const beast::error_code& error) {
  if (error == beast::error::timeout)
    return {Unreachable::Reason::kNoAnswer,
            "no answer on " + path + ": the supervisor did not reply in time"};
  const bool nobody = error == boost::system::errc::no_such_file_or_directory ||
                      error == boost::system::errc::connection_refused;
  const bool cut =
      error == boost::system::errc::connection_reset || error == boost::system::errc::broken_pipe;
  return {nobody ? Unreachable::Reason::kNobody
          : cut  ? Unreachable::Reason::kCut
                 : Unreachable::Reason::kNoAnswer,
          system_error("cannot reach the supervisor at " + path, error.value()).message};
}

using Message = http::request<http::string_body>;

asio::awaitable<Result<Response, Unreachable>> exchange(std::string path,
                                                        Message request,
                                                        std::chrono::milliseconds timeout) {
  beast::basic_stream<Protocol, asio::any_io_executor> stream{co_await asio::this_coro::executor};
  stream.expires_after(timeout);
  const Protocol::endpoint endpoint{path};
  const auto [connect_error] = co_await stream.async_connect(endpoint, kAwait);
  if (connect_error)
    co_return failed(path, connect_error);
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwait);
  if (write_error)
    co_return failed(path, write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
  if (read_error == http::error::end_of_stream)
    co_return Unreachable{Unreachable::Reason::kCut,
                          "the supervisor at " + path + " closed the connection without an answer"};
  if (read_error)
    co_return failed(path, read_error);
  co_return Response{static_cast<int>(parser.get().result_int()), std::move(parser.get().body()),
                     std::string{parser.get()[http::field::content_type]}};
}

Result<Response, Unreachable> ask(const std::string& socket_path,
                                  Message request,
                                  std::chrono::milliseconds timeout) {
  if (socket_path.size() > 107)
    return Unreachable{Unreachable::Reason::kNobody,
                       "cannot reach the supervisor at " + socket_path +
                           ": the path is too long for a unix socket"};
  request.set(http::field::host, "supervisor");
  asio::io_context reactor{1};
  std::optional<Result<Response, Unreachable>> answer;
  // co_spawn can't hand out a value without a default constructor, so the coroutine leaves it here.
  const auto run = [&]() -> asio::awaitable<void> {
    auto outcome = co_await exchange(socket_path, std::move(request), timeout);
    answer.emplace(std::move(outcome));
  };
  asio::co_spawn(reactor, run, asio::detached);
  reactor.run();
  if (!answer)
    return Unreachable{Unreachable::Reason::kNoAnswer,
                       "cannot reach the supervisor at " + socket_path};
  return *std::move(answer);
}

}  // namespace

Result<Response, Unreachable> control_get(const std::string& socket_path,
                                          const std::string& target,
                                          std::chrono::milliseconds timeout) {
  return ask(socket_path, Message{http::verb::get, target, 11}, timeout);
}

Result<Response, Unreachable> control_post(const std::string& socket_path,
                                           const std::string& target,
                                           const std::string& body,
                                           std::chrono::milliseconds timeout) {
  Message request{http::verb::post, target, 11};
  request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  return ask(socket_path, std::move(request), timeout);
}

}  // namespace unified::api
