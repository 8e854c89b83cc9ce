#include "support/broker.h"

#include <sys/stat.h>

#include <utility>

#include "support/entrypoint.h"
#include "support/session_members.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

std::vector<std::string> command_line(const std::vector<std::string>& arguments,
                                      std::vector<std::string> wrapper = {}) {
  std::vector<std::string> command = std::move(wrapper);
  command.push_back(entrypoint());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

Broker::Broker(BrokerOptions options)
    : directory_(options.directory ? std::move(options.directory) : std::make_shared<TempDir>()) {
  const TempDir& directory = *directory_;
  mkdir((directory / "run").c_str(), 0700);
  environment_ = std::move(options.environment);
  environment_.insert({{"HOME", directory.path()},
                       {"NATS_SERVER_BIN", options.server.path},
                       {"NATS_HOST", "127.0.0.1"},
                       {"NATS_PORT", std::to_string(port())},
                       {"NATS_HTTP_PORT", std::to_string(monitor_port())},
                       {"NATS_CONFIG_FILE", directory / "nats.conf"},
                       {"NATS_LOG_FILE", directory / "nats.log"},
                       {"RUN_DIR", directory / "run"},
                       {"JETSTREAM_STORE_DIR", directory / "store"}});
  forked_by_wrapper_ = !options.wrapper.empty() && options.wrapper.front() == "unshare";
  process_ = std::make_unique<Process>(
      ProcessOptions{.command = command_line(options.arguments, options.wrapper),
                     .environment = environment_,
                     .directory = directory.path()});
}

bool Broker::wait_ready(std::chrono::milliseconds limit) {
  wait_until(limit, [this] { return ready() || !process_->running(); });
  return ready();
}

bool Broker::ready() const {
  const auto reply = get("/readyz");
  return reply && reply->status == 200;
}

Result<HttpReply> Broker::get(const std::string& path) const {
  return http_get(socket(), path);
}

Result<HttpReply> Broker::monitor(const std::string& path) const {
  return http_get("127.0.0.1", monitor_port(), path);
}

Finished Broker::command(const std::vector<std::string>& arguments,
                         std::chrono::milliseconds limit) const {
  return run({.command = command_line(arguments),
              .environment = environment_,
              .directory = directory_->path()},
             limit);
}

NatsClient Broker::client(nats::ConnectOptions options) const {
  if (options.url.empty())
    options.url = url();
  if (options.user.empty() && options.token.empty()) {
    options.user = value_of(environment_, "NATS_AUTH_USERNAME");
    options.password = Secret{value_of(environment_, "NATS_AUTH_PASSWORD")};
    options.token = Secret{value_of(environment_, "NATS_AUTH_TOKEN")};
  }
  return NatsClient{std::move(options)};
}

std::optional<int> Broker::stop(std::chrono::milliseconds limit) {
  send(SIGTERM);
  return process_->wait(limit);
}

pid_t Broker::pid() const {
  if (!forked_by_wrapper_)
    return process_->pid();
  const auto children = children_of(process_->pid());
  return children.empty() ? 0 : children.front();
}

void Broker::send(int signal) const {
  if (!forked_by_wrapper_)
    process_->send(signal);
  else if (const pid_t target = pid(); target != 0)
    ::kill(target, signal);
}

pid_t Broker::server_pid() const {
  const auto servers = process_->others("nats-server");
  return servers.empty() ? 0 : servers.front();
}

std::string Broker::url() const {
  return "nats://127.0.0.1:" + std::to_string(port());
}

}  // namespace unified::test
