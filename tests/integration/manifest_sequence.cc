#include "integration/manifest_sequence.h"

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

/// A new stream that wants a subject of one that is not declared any more: taken for a renamed one,
/// which the broker refuses at its start.
bool looks_renamed(const json& plan) {
  for (const json& holder : plan["streams"])
    for (const json& stream : plan["streams"])
      for (const json& field : stream["fields"])
        if (holder["change"] == "unmanaged" &&
            field.value("why", "").find(fmt::format(
                "of stream {} (10065)", holder["name"].get<std::string>())) != std::string::npos)
          return true;
  return false;
}

/// RECONCILE_ALLOW and the object's own `allow:` both have to permit what is applied.
bool permits(const std::string& change, const std::string& allow) {
  return (change != "lossy" && change != "irreversible") || allow.find(change) != std::string::npos;
}

}  // namespace

ManifestSequence::ManifestSequence(std::uint64_t seed, NatsServer server)
    : draw_(seed),
      server_(std::move(server)) {
  tell(fmt::format("seed {}, nats-server {}", seed, to_text(server_.version)));
  fs::create_directory(*directory_ / "next");
  write("streams.yaml", "streams: []\n");
  write(".env", env_text("streams.yaml", ""));
}

std::vector<std::string> ManifestSequence::run(int steps) {
  start();
  for (int step = 0; step <= steps && problems_.empty(); ++step) {
    fill();
    ledger_.take_stock(*client_);
    files_.take();
    if (step == steps) {
      // What is lost only then; and what a reload had to leave is applied now.
      if (const auto plan = plan_of(manifest_, allow_))
        ledger_.will_apply(*plan);
      restart();
    } else {
      if (!change_manifest())
        continue;
      apply();
    }
    mend();
    for (std::string& problem : ledger_.missing(*client_))
      problems_.push_back(std::move(problem));
    // Nobody but us changes a stream.
    if (broker_->output().find("is not as it was right before our update") != std::string::npos)
      problems_.emplace_back("what the server does by itself is taken for somebody else's change");
  }
  if (!problems_.empty())
    tell(broker_->output());
  return problems_;
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
  const json list = client_->api_ok("CONSUMER.LIST." + stream);
  for (const json& info : list["consumers"])
    for (int count = draw_.below(4); count > 0; --count)
      consume_one(stream, info["name"], draw_.chance(60));
}

void ManifestSequence::consume_one(const std::string& stream,
                                   const std::string& consumer,
                                   bool is_acknowledged) {
  auto& connection = client_->connection();
  const std::string name = stream + "." + consumer;
  const json before = client_->api_ok("CONSUMER.INFO." + name);
  // An answer that comes late would be taken for that of another request.
  const bool has_one = before["num_pending"] > 0 && before["num_redelivered"] == 0 &&
                       before["num_ack_pending"] < before["config"]["max_ack_pending"];
  if (!has_one || !connection.request("$JS.API.CONSUMER.MSG.NEXT." + name, "", 5s) ||
      !is_acknowledged)
    return;
  const json delivered = client_->api_ok("CONSUMER.INFO." + name)["delivered"];
  const std::uint64_t sequence = delivered["stream_seq"];
  ledger_.acknowledged(stream, sequence, before["config"]["ack_policy"] == "all");
  (void)connection.request(fmt::format("$JS.ACK.{}.1.{}.{}.0.0", name, sequence,
                                       delivered["consumer_seq"].get<std::uint64_t>()),
                           "+ACK", 5s);
}

/// To one that the program takes: in place then, its plan in the ledger. False: none was found.
bool ManifestSequence::change_manifest() {
  for (int attempt = 0; attempt < 8; ++attempt) {
    RandomManifest next = manifest_;
    next.change(draw_);
    const std::string allow = draw_.one_of(
        {"", "", "lossy", "lossy,irreversible", "lossy,irreversible,recreate", "recreate"});
    const auto plan = plan_of(next, allow);
    if (!plan || looks_renamed(*plan))
      continue;
    tell(fmt::format("RECONCILE_ALLOW={}\n{}", allow, next.yaml()));
    manifest_ = std::move(next);
    allow_ = allow;
    check_permissions(*plan, allow);
    ledger_.will_apply(*plan);
    write("streams.yaml", manifest_.yaml());
    write(".env", env_text("streams.yaml", allow));
    return true;
  }
  return false;
}

void ManifestSequence::check_permissions(const json& plan, const std::string& allow) {
  for (const char* kind : {"streams", "consumers"})
    for (const json& object : plan.at(kind)) {
      if (!object["fields"].empty())
        tell(fmt::format("  plan: {} {}", object["name"].dump(), object["fields"].dump()));
      const std::string own = manifest_.allow_of(object.value("stream", ""), object["name"]);
      for (const json& field : object["fields"]) {
        const std::string change = field["change"];
        const bool is_applied = field["applied"] == true;
        if (is_applied && !(permits(change, allow) && (own.empty() || permits(change, own))))
          problems_.push_back(fmt::format("the plan applies what is not allowed: {} {}",
                                          object["name"].dump(), field.dump()));
      }
      if (object.value("recreate", false) && allow.find("recreate") == std::string::npos)
        problems_.push_back("the plan makes a consumer anew, which is not allowed");
    }
}

std::optional<json> ManifestSequence::plan_of(const RandomManifest& next,
                                              const std::string& allow) {
  // In a folder of its own: `.env` of the other one must not be read.
  write("next/streams.yaml", next.yaml());
  write("next/.env", env_text("next/streams.yaml", allow));
  const Finished plan = test::run({.command = {entrypoint(), "plan", "--json"},
                                   .environment = broker_->environment(),
                                   .directory = *directory_ / "next"},
                                  kPatience);
  json made = object_in(plan.output);
  constexpr int kHasChanges = 2;
  const bool is_plan = (plan.status == 0 || plan.status == kHasChanges) && made.is_object();
  return is_plan ? std::optional{std::move(made)} : std::nullopt;
}

}  // namespace unified::test
