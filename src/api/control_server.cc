#include "api/control_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
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
using Stream = beast::basic_stream<Protocol, asio::any_io_executor>;

constexpr std::size_t kMaxClients = 64;
constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kMaxHeaderBytes = std::size_t{8} * 1024;
constexpr std::size_t kMaxBodyBytes = std::size_t{1024} * 1024;
constexpr std::chrono::seconds kRequestTimeout{5};
constexpr std::chrono::seconds kReplyTimeout{10};
/// When accept() fails (no descriptors left), try again after this instead of spinning.
constexpr std::chrono::milliseconds kAcceptPause{200};

bool peer_is_trusted(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

/// Both directions: who only has no more to send waits for the answer.
bool has_left(int socket) {
  pollfd look{socket, 0, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

Response problem(int status, const std::string& detail) {
  return {status, R"({"error":")" + detail + "\"}\n", "application/json"};
}

/// Which file it is, whatever its name leads to later.
struct SocketFile {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const SocketFile&) const = default;
};

std::optional<SocketFile> file_at(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
    return std::nullopt;
  return SocketFile{info.st_dev, info.st_ino};
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

/// A client's place among those who have not asked yet.
class Silence {
 public:
  Silence(std::list<Stream*>& all, Stream& stream)
      : all_(all),
        place_(all.insert(all.end(), &stream)) {}
  ~Silence() { all_.erase(place_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  std::list<Stream*>& all_;
  std::list<Stream*>::iterator place_;
};

class UnixControlServer final {
 public:
  UnixControlServer(Protocol::acceptor acceptor, std::string path, std::vector<Route> routes)
      : acceptor_(std::move(acceptor)),
        path_(std::move(path)),
        routes_(std::move(routes)),
        file_(file_at(path_)) {}

  [[nodiscard]] bool is_reachable() const {
    const auto file = file_at(path_);
    const std::scoped_lock lock{file_mutex_};
    return file && file == file_;
  }

  static Result<void> replace(const std::shared_ptr<UnixControlServer>& self,
                              os::UniqueFd listening) {
    beast::error_code error;
    self->acceptor_.close(error);
    self->acceptor_.assign(Protocol{}, listening.get(), error);
    if (error) {
      self->remember(std::nullopt);
      return system_error("cannot listen on " + self->path_, error.value());
    }
    (void)listening.release();
    self->remember(file_at(self->path_));
    start(self);
    return {};
  }

  static void start(const std::shared_ptr<UnixControlServer>& self) {
    if (!std::exchange(self->accepting_, true))
      asio::co_spawn(self->acceptor_.get_executor(), accept_loop(self), asio::detached);
  }

  void close() {
    if (!acceptor_.is_open())
      return;
    beast::error_code ignored;
    acceptor_.close(ignored);
    if (is_reachable())  // another one's file is not ours to remove
      ::unlink(path_.c_str());
  }

  os::UniqueFd hand_over() {
    beast::error_code error;
    const int socket = acceptor_.is_open() ? acceptor_.release(error) : -1;
    return os::UniqueFd{error ? -1 : socket};
  }

 private:
  void remember(std::optional<SocketFile> file) {
    const std::scoped_lock lock{file_mutex_};
    file_ = file;
  }

  /// Who only holds a connection gives way to who asks: a health check must get through.
  bool make_room() {
    if (clients_ < kMaxClients)
      return true;
    const auto oldest = std::ranges::find_if(
        silent_, [](const Stream* stream) { return stream->socket().is_open(); });
    if (oldest == silent_.end())
      return false;
    (*oldest)->close();
    return true;
  }

  static asio::awaitable<void> accept_loop(std::shared_ptr<UnixControlServer> self) {
    struct Ends {
      bool& accepting;
      ~Ends() { accepting = false; }
    };
    const Ends ends{self->accepting_};
    while (self->acceptor_.is_open()) {
      auto [error, socket] = co_await self->acceptor_.async_accept(kAwait);
      if (error) {
        if (!self->acceptor_.is_open())
          co_return;
        if (error == asio::error::operation_aborted)
          continue;  // replace()
        asio::steady_timer pause{self->acceptor_.get_executor(), kAcceptPause};
        co_await pause.async_wait(kAwait);
        continue;
      }
      if (!peer_is_trusted(socket.native_handle()) || !self->make_room())
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
    auto silent = std::make_optional<Silence>(self.silent_, stream);
    const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
    silent.reset();
    if (read_error == http::error::end_of_stream || read_error == beast::error::timeout ||
        read_error == asio::error::operation_aborted)
      co_return;
    stream.expires_never();
    if (has_left(stream.socket().native_handle()))
      co_return;  // frozen, we were asked long ago: who is told "not done" must not see it done
                  // later
    Response answer = problem(400, "not an HTTP request that is served here");
    const bool head = !read_error && parser.get().method() == http::verb::head;
    if (!read_error) {
      http::request<http::string_body> message = parser.release();
      answer = co_await self.answer_to(std::move(message));
    }
    http::response<http::string_body> reply{static_cast<http::status>(answer.status), 11};
    reply.set(http::field::content_type, answer.content_type);
    reply.set(http::field::connection, "close");
    reply.content_length(answer.body.size());
    if (!head)  // RFC 9110 §9.3.2: the same header fields, no content
      reply.body() = std::move(answer.body);
    stream.expires_after(kReplyTimeout);
    co_await http::async_write(stream, reply, kAwait);
  }

  /// Who was heard is answered: a cut connection means "ask again".
  asio::awaitable<Response> answer_to(http::request<http::string_body> message) {
    const std::string asked =
        std::string{message.method_string()} + " " + std::string{message.target()};
    try {
      Response answer = co_await route(std::move(message));
      co_return answer;
    } catch (const std::exception& failure) {
      co_return Response{500, asked + ": internal error: " + failure.what() + "\n", kPlainText};
    }
  }

  asio::awaitable<Response> route(http::request<http::string_body> message) {
    const std::string target{message.target()};
    const std::size_t mark = target.find('?');
    const bool head = message.method() == http::verb::head;
    Request request{head ? "GET" : std::string{message.method_string()}, target.substr(0, mark),
                    mark == std::string::npos ? std::string{} : target.substr(mark + 1),
                    std::move(message.body())};
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
  bool accepting_ = false;  ///< accept_loop() runs
  std::size_t clients_ = 0;
  std::list<Stream*> silent_;  ///< whose request has not arrived yet, the oldest first
  mutable std::mutex file_mutex_;
  std::optional<SocketFile> file_;  ///< the one that leads to us
};

/// Keeps the server alive for its coroutines, closes it when the owner lets go.
class OwnedControlServer final : public ControlServer {
 public:
  explicit OwnedControlServer(std::shared_ptr<UnixControlServer> server)
      : server_(std::move(server)) {}
  ~OwnedControlServer() override { server_->close(); }
  OwnedControlServer(const OwnedControlServer&) = delete;
  OwnedControlServer& operator=(const OwnedControlServer&) = delete;
  [[nodiscard]] std::function<bool()> reachability() const override {
    return [server = server_] { return server->is_reachable(); };
  }
  Result<void> replace(os::UniqueFd listening) override {
    return UnixControlServer::replace(server_, std::move(listening));
  }
  void close() override { server_->close(); }
  os::UniqueFd hand_over() override { return server_->hand_over(); }

 private:
  std::shared_ptr<UnixControlServer> server_;
};

/// Somebody may have removed the file meanwhile: then nobody finds that socket any more.
bool is_bound_to(int socket, const std::string& path) {
  sockaddr_un name{};
  socklen_t size = sizeof(name);
  struct stat info{};
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) == 0 &&  // NOLINT
         name.sun_family == AF_UNIX && path == static_cast<const char*>(name.sun_path) &&
         ::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

}  // namespace

Result<os::UniqueFd> bind_control_socket(const std::string& path) {
  const std::string operation = "cannot listen on " + path;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path))
    return system_error(operation, ENAMETOOLONG);
  path.copy(static_cast<char*>(name.sun_path), path.size());
  ::unlink(path.c_str());
  os::UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  // The file gets the mode of the socket: no moment at which others could connect.
  if (!fd || ::fchmod(fd.get(), kOwnerOnly) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 ||  // NOLINT
      ::listen(fd.get(), static_cast<int>(kMaxClients)) != 0)
    return system_error(operation, errno);
  return fd;
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(const asio::any_io_executor& executor,
                                                             const std::string& path,
                                                             std::vector<Route> routes,
                                                             os::UniqueFd kept) {
  os::UniqueFd listening = std::move(kept);
  if (!listening || !is_bound_to(listening.get(), path)) {
    auto bound = bind_control_socket(path);
    if (!bound)
      return bound.error();
    listening = *std::move(bound);
  }
  Protocol::acceptor acceptor{executor};
  beast::error_code error;
  acceptor.assign(Protocol{}, listening.get(), error);
  if (error)
    return system_error("cannot listen on " + path, error.value());
  (void)listening.release();
  auto server = std::make_shared<UnixControlServer>(std::move(acceptor), path, std::move(routes));
  UnixControlServer::start(server);
  return std::unique_ptr<ControlServer>(std::make_unique<OwnedControlServer>(std::move(server)));
}

}  // namespace unified::api
