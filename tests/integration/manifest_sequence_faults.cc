// How a manifest is applied, and who is killed meanwhile.
#include <algorithm>
#include <csignal>
#include <stdexcept>

#include <fmt/format.h>

#include "integration/manifest_sequence.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::chrono::seconds kFaultPatience{30};

/// Until the moment of a fault.
void let_pass(std::chrono::milliseconds time) {
  (void)wait_until(time, [] { return false; });
}

}  // namespace

void ManifestSequence::apply() {
  switch (draw_.below(8)) {
    case 0:
    case 1:
      return apply_by_command("init", draw_.chance(40));
    case 2:
      return apply_by_command("reload", draw_.chance(20));
    case 3:
      return restart();
    case 4:
      tell("kill -9 of the broker, then a start");
      kill_broker();
      return start();
    default:
      break;
  }
  tell("restart");
  ledger_.server_restarts();
  client_.reset();
  (void)broker_->stop(kFaultPatience);
  for (int kills = 1 + draw_.below(2); kills > 0; --kills) {
    broker_.emplace(BrokerOptions{.server = server_, .environment = {}, .directory = directory_});
    const auto moment = a_moment() + 60ms;
    let_pass(moment);
    tell(fmt::format("kill -9 {} ms after the start", moment.count()));
    if (draw_.chance(30))
      kill_server();
    else
      kill_broker();
  }
  if (broker_)
    settle();
  else
    start();
}

/// `init` or `reload`, while it, the broker or the server is killed.
void ManifestSequence::apply_by_command(const std::string& name, bool is_killed) {
  Process command{{.command = {entrypoint(), name},
                   .environment = broker_->environment(),
                   .directory = directory_->path()}};
  const auto moment = a_moment();
  const int victim = draw_.below(4);
  if (victim < 3)
    let_pass(moment);
  tell(fmt::format("{}{}, and after {} ms kill -9 of {}", name, is_killed ? " (killed)" : "",
                   moment.count(),
                   std::vector{"the broker", "the server", "nobody",
                               "nobody"}[static_cast<std::size_t>(victim)]));
  if (is_killed)
    command.send(SIGKILL);
  if (victim == 0)
    kill_broker();
  else if (victim == 1)
    kill_server();
  (void)command.wait(kFaultPatience);
  if (broker_)
    settle();
  else
    start();
}

void ManifestSequence::restart() {
  tell("restart");
  ledger_.server_restarts();
  client_.reset();
  if (broker_->stop(kFaultPatience) != 0)
    throw std::runtime_error{"the broker did not stop as asked:\n" + broker_->output()};
  start();
}

void ManifestSequence::kill_broker() {
  ledger_.server_restarts();
  client_.reset();
  broker_->send(SIGKILL);
  (void)broker_->wait(kFaultPatience);
  broker_.reset();
}

void ManifestSequence::kill_server() {
  ledger_.server_restarts();
  client_.reset();
  killed_server_ = broker_->server_pid();
  if (killed_server_ != 0)
    kill(killed_server_, SIGKILL);
}

/// A server that was killed in the middle of an update has not loaded the stream. We must say so
/// and keep our hands off it: with the files of before every message is there again.
void ManifestSequence::mend() {
  const std::vector<std::string> unlisted = ledger_.unlisted(*client_);
  if (unlisted.empty())
    return;
  const auto status = broker_->get("/status");
  const json told = status ? json::parse(status->body)["unloaded"] : json::array();
  for (const std::string& name : unlisted) {
    tell("mended: " + name);
    const bool is_told = std::ranges::any_of(told, [&](const json& line) {
      return line.get<std::string>().starts_with("stream " + name + " is not loaded");
    });
    if (!is_told)
      problems_.push_back(
          fmt::format("nobody says that stream {} is not loaded: {}", name, told.dump()));
  }
  ledger_.server_restarts();
  client_.reset();
  (void)broker_->stop(kFaultPatience);
  for (const std::string& name : unlisted)
    if (!files_.put_back(name))
      problems_.push_back("no files of stream " + name);
  start();
}

}  // namespace unified::test
