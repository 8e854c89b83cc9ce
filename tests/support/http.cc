#include "support/http.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace unified::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

template <typename Protocol>
asio::awaitable<HttpReply> get(typename Protocol::endpoint endpoint,
                               std::string path,
                               std::chrono::milliseconds limit) {
  beast::basic_stream<Protocol> stream{co_await asio::this_coro::executor};
  stream.expires_after(limit);
  co_await stream.async_connect(endpoint, asio::use_awaitable);
  beast::http::request<beast::http::empty_body> request{beast::http::verb::get, path, 11};
  request.set(beast::http::field::host, "localhost");
  request.keep_alive(false);
  co_await beast::http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(std::uint64_t{64} << 20U);
  co_await beast::http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return HttpReply{.status = static_cast<int>(parser.get().result_int()),
                      .body = parser.get().body()};
}

template <typename Protocol>
Result<HttpReply> run_get(const typename Protocol::endpoint& endpoint,
                          const std::string& path,
                          std::chrono::milliseconds limit) {
  asio::io_context context;
  Result<HttpReply> result{Error{"no answer"}};
  asio::co_spawn(context, get<Protocol>(endpoint, path, limit),
                 [&](const std::exception_ptr& failed, HttpReply reply) {
                   try {
                     if (failed)
                       std::rethrow_exception(failed);
                     result = std::move(reply);
                   } catch (const std::exception& failure) {
                     result = Error{"cannot get " + path + ": " + failure.what()};
                   }
                 });
  context.run();
  return result;
}

}  // namespace

Result<HttpReply> http_get(const std::string& host,
                           int port,
                           const std::string& path,
                           std::chrono::milliseconds limit) {
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (failed)
    return Error{"cannot get " + path + ": " + host + " is not an address"};
  return run_get<asio::ip::tcp>({address, static_cast<std::uint16_t>(port)}, path, limit);
}

Result<HttpReply> http_get(const std::string& socket,
                           const std::string& path,
                           std::chrono::milliseconds limit) {
  return run_get<asio::local::stream_protocol>({socket}, path, limit);
}

}  // namespace unified::test
