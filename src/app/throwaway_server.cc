#include "app/throwaway_server.h"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "app/endpoints.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/process.h"
#include "render/quote.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartPatience{30};
constexpr milliseconds kBetweenConnects{20};
constexpr milliseconds kEndPatience{5000};
constexpr int kTries = 3;
/// More than any: the room was looked at before.
constexpr std::int64_t kMaxStore = std::int64_t{1} << 50U;
constexpr int kFirstToGo = 1000;
constexpr int kAfterAllOthers = 19;
constexpr int kMaxPayload = 64 * 1024 * 1024;

Result<int> free_port() {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor{context};
  boost::system::error_code error;
  const boost::asio::ip::tcp::endpoint any{boost::asio::ip::address_v4::loopback(), 0};
  acceptor.open(any.protocol(), error);
  if (!error)
    acceptor.bind(any, error);
  const int port = error ? 0 : acceptor.local_endpoint(error).port();
  if (error)
    return Error{"cannot find a free port: " + error.message()};
  return port;
}

std::string conf_text(int port, const std::string& folder, const nats::ConnectOptions& login) {
  return fmt::format(
      "server_name: \"unified-throwaway\"\nlisten: \"127.0.0.1:{}\"\nmax_payload: {}\n"
      "authorization {{\n  user: {}\n  password: {}\n}}\n"
      "jetstream {{\n  store_dir: {}\n  max_file_store: {}\n  max_memory_store: {}\n}}\n",
      port, kMaxPayload, render::quote(login.user), render::quote(login.password.reveal()),
      render::quote(folder), kMaxStore, kMaxStore);
}

Result<void> make_anew(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error)
    return system_error("cannot remove " + folder, error.value());
  return os::make_directories(folder, 0700);
}

Result<os::Child> spawn_server(const ThrowawayServer::Options& options, const std::string& conf) {
  const std::string log = options.folder + "/log";
  const os::UniqueFd out{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (!out)
    return system_error("cannot open " + log, errno);
  std::vector<std::string> environment;
  if (options.memory_limit > 0)
    environment.push_back(fmt::format("GOMEMLIMIT={}", options.memory_limit));
  auto child = os::spawn({.program = options.binary,
                          .arguments = {options.binary, "-c", conf},
                          .environment = std::move(environment),
                          .working_directory = "/",
                          .stdout_fd = out.get(),
                          .stderr_fd = out.get(),
                          .oom_score_adj = kFirstToGo,
                          .nice = kAfterAllOthers,
                          .inherited_fds = {}});
  if (!child)
    return Error{"cannot start a second nats-server: " + child.error().message};
  return *std::move(child);
}

}  // namespace

ThrowawayServer::ThrowawayServer(os::Child child) : child_(std::move(child)) {}

ThrowawayServer::~ThrowawayServer() {
  connection_.reset();
  (void)os::kill_group(child_.pid);
  if (!child_.pidfd)
    return;
  // So that its store can be removed. Who reaps it is the reactor.
  pollfd ended{.fd = child_.pidfd.get(), .events = POLLIN, .revents = 0};
  (void)::poll(&ended, 1, static_cast<int>(kEndPatience.count()));
}

Result<std::unique_ptr<ThrowawayServer>> ThrowawayServer::start(const Options& options) {
  std::string why;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (auto made = make_anew(options.folder); !made)
      return made.error();
    const auto port = free_port();
    if (!port)
      return port.error();
    nats::ConnectOptions login;
    login.url = fmt::format("nats://127.0.0.1:{}", *port);
    login.name = "unified-nats proof";
    login.max_reconnect = 0;
    const render::InternalUser user = make_internal_user();
    login.user = user.name;
    login.password = user.password;
    const std::string conf = options.folder + "/nats.conf";
    if (auto written = os::write_file_atomically(conf, conf_text(*port, options.folder, login),
                                                 0600, os::Durability::kQuick);
        !written)
      return written.error();
    auto child = spawn_server(options, conf);
    if (!child)
      return child.error();
    std::unique_ptr<ThrowawayServer> server{new ThrowawayServer{*std::move(child)}};
    const auto deadline = Clock::now() + kStartPatience;
    while (!options.stopped && Clock::now() < deadline) {
      auto connection = options.module.connect(login, {});
      if (connection) {
        server->connection_ = *std::move(connection);
        return server;
      }
      why = connection.error().message;
      std::this_thread::sleep_for(kBetweenConnects);
    }
    if (options.stopped)
      return Error{"asked to stop"};
  }
  return Error{fmt::format("a second nats-server does not answer: {} (its log: {}/log)", why,
                           options.folder)};
}

}  // namespace unified::app
