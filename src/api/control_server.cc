#include "api/control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
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
using Stream = beast::basic_stream<Protocol, asio::any_io_executor>;

constexpr std::size_t kMaxClients = 64;
constexpr std::size_t kMaxHeaderBytes = std::size_t{8} * 1024;
constexpr std::size_t kMaxBodyBytes = std::size_t{64} * 1024;
constexpr std::chrono::seconds kRequestTimeout{5};
constexpr std::chrono::seconds kReplyTimeout{10};
/// When accept() fails (no descriptors left), try again after this instead of spinning.
constexpr std::chrono::milliseconds kAcceptPause{200};

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

bool peer_is_trusted(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

Response problem(int status, const std::string& detail) {
  return {status, R"({"error":")" + detail + "\"}\n", "application/json"};
}

/// One of the kMaxClients.
class Seat {
 public:
  explicit Seat(std::size_t& taken) : taken_(taken) { ++taken_; }
  ~Seat() { --taken_; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  std::size_t& taken_;
};

class UnixControlServer final : public ControlServer,
                                public std::enable_shared_from_this<UnixControlServer> {
 public:
  UnixControlServer(Protocol::acceptor acceptor, std::string path, std::vector<Route> routes)
      : acceptor_(std::move(acceptor)),
        path_(std::move(path)),
        routes_(std::move(routes)) {}

  static void start(const std::shared_ptr<UnixControlServer>& self) {
    asio::co_spawn(self->acceptor_.get_executor(), accept_loop(self), asio::detached);
  }

  void close() override {
    if (!acceptor_.is_open())
      return;
    beast::error_code ignored;
    acceptor_.close(ignored);
    ::unlink(path_.c_str());
  }

 private:
  static asio::awaitable<void> accept_loop(std::shared_ptr<UnixControlServer> self) {
    while (self->acceptor_.is_open()) {
      auto [error, socket] = co_await self->acceptor_.async_accept(kAwait);
      if (error) {
        if (!self->acceptor_.is_open())
          co_return;
        asio::steady_timer pause{self->acceptor_.get_executor(), kAcceptPause};
        co_await pause.async_wait(kAwait);
        continue;
      }
      if (self->clients_ >= kMaxClients || !peer_is_trusted(socket.native_handle()))
        continue;  // destroys the socket: the client sees the connection closed
      asio::co_spawn(self->acceptor_.get_executor(), session(self, Stream{std::move(socket)}),
                     asio::detached);
    }
  }

  static asio::awaitable<void> session(std::shared_ptr<UnixControlServer> self, Stream stream) {
    // An exception (out of memory, a handler's bug) ends this client alone: co_spawn's `detached`
    // drops it.
    const Seat seat{self->clients_};
    co_await serve_one(*self, stream);
  }

  static asio::awaitable<void> serve_one(UnixControlServer& self, Stream& stream) {
    beast::flat_buffer buffer{kMaxHeaderBytes + kMaxBodyBytes};
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(kMaxBodyBytes);
    stream.expires_after(kRequestTimeout);
    const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
    if (read_error == http::error::end_of_stream || read_error == beast::error::timeout)
      co_return;
    stream.expires_never();
    Response answer = problem(400, "not an HTTP request that is served here");
    if (!read_error) {
      answer = co_await self.route(parser.get());
    }
    http::response<http::string_body> reply{static_cast<http::status>(answer.status), 11};
    reply.set(http::field::content_type, answer.content_type);
    reply.set(http::field::connection, "close");
    reply.body() = std::move(answer.body);
    reply.prepare_payload();
    stream.expires_after(kReplyTimeout);
    co_await http::async_write(stream, reply, kAwait);
  }

  asio::awaitable<Response> route(const http::request<http::string_body>& message) {
    const std::string target{message.target()};
    const std::size_t mark = target.find('?');
    Request request{std::string{message.method_string()}, target.substr(0, mark),
                    mark == std::string::npos ? std::string{} : target.substr(mark + 1)};
    const auto same_path = [&request](const Route& route) { return route.path == request.path; };
    if (std::ranges::none_of(routes_, same_path))
      co_return problem(404, "no such path");
    const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
      return same_path(route) && route.method == request.method;
    });
    if (found == routes_.end())
      co_return problem(405, "method not allowed");
    co_return co_await found->handler(std::move(request));
  }

  Protocol::acceptor acceptor_;
  std::string path_;
  std::vector<Route> routes_;
  std::size_t clients_ = 0;
};

/// Keeps the server alive for its coroutines, closes it when the owner lets go.
class OwnedControlServer final : public ControlServer {
 public:
  explicit OwnedControlServer(std::shared_ptr<UnixControlServer> server)
      : server_(std::move(server)) {}
  ~OwnedControlServer() override { server_->close(); }
  OwnedControlServer(const OwnedControlServer&) = delete;
  OwnedControlServer& operator=(const OwnedControlServer&) = delete;
  void close() override { server_->close(); }

 private:
  std::shared_ptr<UnixControlServer> server_;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(const asio::any_io_executor& executor,
                                                             const std::string& path,
                                                             std::vector<Route> routes) {
  const std::string operation = "cannot listen on " + path;
  if (path.size() > 107)
    return Error{operation +
                 ": a unix socket's path has at most 107 bytes; set RUN_DIR to a shorter one"};
  ::unlink(path.c_str());
  beast::error_code error;
  Protocol::acceptor acceptor{executor};
  acceptor.open(Protocol{}, error);
  const mode_t before = ::umask(0177);
  if (!error)
    acceptor.bind(Protocol::endpoint{path}, error);
  ::umask(before);
  if (!error)
    acceptor.listen(static_cast<int>(kMaxClients), error);
  if (error)
    return system_error(operation, error.value());
  auto server = std::make_shared<UnixControlServer>(std::move(acceptor), path, std::move(routes));
  UnixControlServer::start(server);
  return std::unique_ptr<ControlServer>(std::make_unique<OwnedControlServer>(std::move(server)));
}

}  // namespace unified::api
