#include "integration/manifest_sequence.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::seconds kPatience{30};

/// Until the moment of a fault.
void let_pass(std::chrono::milliseconds time) {
  (void)wait_until(time, [] { return false; });
}

/// The subject itself, or one that it matches.
std::string concrete(std::string subject, Draw& draw) {
  if (subject.ends_with('>') || subject.ends_with('*'))
    subject.replace(subject.size() - 1, 1, draw.one_of({"a", "b", "c"}));
  return subject;
}

/// The object in the output, after warnings.
json object_in(const std::string& output) {
  const std::size_t begin = output.starts_with('{') ? 0 : output.find("\n{\n");
  return begin == std::string::npos ? json{} : json::parse(output.substr(begin), nullptr, false);
}

}  // namespace

ManifestSequence::ManifestSequence(std::uint64_t seed, NatsServer server)
    : draw_(seed),
      server_(std::move(server)) {
  tell(fmt::format("seed {}, nats-server {}", seed, to_text(server_.version)));
  write("streams.yaml", "streams: []\n");
  write(".env", env_text("streams.yaml", ""));
}

std::vector<std::string> ManifestSequence::run(int steps) {
  start();
  std::vector<std::string> problems;
  for (int step = 0; step <= steps && problems.empty(); ++step) {
    fill();
    ledger_.take_stock(*client_);
    if (step == steps) {
      restart();  // what is lost only then
    } else {
      if (!change_manifest())
        continue;
      apply();
    }
    problems = ledger_.missing(*client_);
  }
  return problems;
}

void ManifestSequence::write(const std::string& name, const std::string& text) const {
  std::ofstream{*directory_ / (name + ".new")} << text;
  fs::rename(*directory_ / (name + ".new"), *directory_ / name);
}

std::string ManifestSequence::env_text(const std::string& manifest,
                                       const std::string& allow) const {
  return fmt::format("STREAMS_FILE={}\nRECONCILE_ALLOW={}\n", *directory_ / manifest, allow);
}

void ManifestSequence::start() {
  broker_.emplace(BrokerOptions{.server = server_, .environment = {}, .directory = directory_});
  settle();
}

/// Until the broker has done what it does at a start; whether it is ready then depends on the
/// manifest.
void ManifestSequence::settle() {
  json status;
  const bool done = wait_until(kPatience, [&] {
    const auto reply = broker_->get("/status");
    status = reply ? json::parse(reply->body, nullptr, false) : json{};
    const bool knows = status.is_object() && status["phase"] == "running" &&
                       status["server_pid"] != killed_server_ && status["streams_known"] == true;
    return knows || !broker_->process().running();
  });
  if (!done || !broker_->process().running())
    throw std::runtime_error{"the broker does not come up: " + status.dump() + "\n" +
                             broker_->output()};
  client_.emplace(broker_->client());
}

/// Messages everywhere, and some of them acknowledged.
void ManifestSequence::fill() {
  const json list = client_->api_ok("STREAM.LIST");
  for (const json& info : list["streams"]) {
    const auto subjects = info["config"].value("subjects", std::vector<std::string>{});
    const int count = subjects.empty() ? 0 : 2 + draw_.below(14);
    for (int i = 0; i < count; ++i) {
      const auto which = static_cast<std::size_t>(draw_.below(static_cast<int>(subjects.size())));
      // Refused by a stream that is full or sealed.
      (void)client_->publish(concrete(subjects[which], draw_), fmt::format("{:060}", ++published_));
    }
    consume(info["config"]["name"]);
  }
}

void ManifestSequence::consume(const std::string& stream) {
  auto& connection = client_->connection();
  const json list = client_->api_ok("CONSUMER.LIST." + stream);
  for (const json& info : list["consumers"]) {
    const std::string name = info["name"];
    const int count = draw_.below(4);
    for (int i = 0; i < count; ++i) {
      (void)connection.request(fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", stream, name),
                               R"({"batch":1,"no_wait":true})", 5s);
      const json now = client_->api_ok(fmt::format("CONSUMER.INFO.{}.{}", stream, name));
      const std::uint64_t sequence = now["delivered"]["stream_seq"];
      const std::uint64_t number = now["delivered"]["consumer_seq"];
      if (draw_.chance(40) || sequence == 0)
        continue;
      ledger_.acknowledged(stream, sequence, info["config"]["ack_policy"] == "all");
      (void)connection.request(
          fmt::format("$JS.ACK.{}.{}.1.{}.{}.0.0", stream, name, sequence, number), "+ACK", 5s);
    }
  }
}

/// To one that the program takes: in place then, its plan in the ledger. False: none was found.
bool ManifestSequence::change_manifest() {
  for (int attempt = 0; attempt < 8; ++attempt) {
    RandomManifest next = manifest_;
    next.change(draw_);
    const std::string allow = draw_.one_of(
        {"", "", "lossy", "lossy,irreversible", "lossy,irreversible,recreate", "recreate"});
    const auto plan = plan_of(next, allow);
    if (!plan)
      continue;
    tell(fmt::format("RECONCILE_ALLOW={}\n{}", allow, next.yaml()));
    for (const char* kind : {"streams", "consumers"})
      for (const json& object : plan->at(kind))
        if (!object["fields"].empty())
          tell(fmt::format("  plan: {} {}", object["name"].dump(), object["fields"].dump()));
    ledger_.will_apply(*plan);
    manifest_ = std::move(next);
    write("streams.yaml", manifest_.yaml());
    write(".env", env_text("streams.yaml", allow));
    return true;
  }
  return false;
}

std::optional<json> ManifestSequence::plan_of(const RandomManifest& next,
                                              const std::string& allow) {
  write("next.yaml", next.yaml());
  write("next.env", env_text("next.yaml", allow));
  const Finished plan =
      broker_->command({"plan", "--json", "--env-file", *directory_ / "next.env"}, kPatience);
  json made = object_in(plan.output);
  constexpr int kHasChanges = 2;
  const bool is_plan = (plan.status == 0 || plan.status == kHasChanges) && made.is_object();
  return is_plan ? std::optional{std::move(made)} : std::nullopt;
}

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
  (void)broker_->stop(kPatience);
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
  (void)command.wait(kPatience);
  if (broker_)
    settle();
  else
    start();
}

void ManifestSequence::restart() {
  tell("restart");
  ledger_.server_restarts();
  client_.reset();
  if (broker_->stop(kPatience) != 0)
    throw std::runtime_error{"the broker did not stop as asked:\n" + broker_->output()};
  start();
}

void ManifestSequence::kill_broker() {
  ledger_.server_restarts();
  client_.reset();
  broker_->send(SIGKILL);
  (void)broker_->wait(kPatience);
  broker_.reset();
}

void ManifestSequence::kill_server() {
  ledger_.server_restarts();
  client_.reset();
  killed_server_ = broker_->server_pid();
  if (killed_server_ != 0)
    kill(killed_server_, SIGKILL);
}

}  // namespace unified::test
