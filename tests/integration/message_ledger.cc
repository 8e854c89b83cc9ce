#include "integration/message_ledger.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace unified::test {
namespace {

using nlohmann::json;

constexpr std::uint64_t kAny = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kSoon = 10'000'000'000;

/// "7 of 10 messages", "up to 7 of 10 messages", "all 10 messages": so many; "about …": any; "every
/// new message (10 stored)", "what arrives …": none of those that are stored.
std::uint64_t counted(std::string_view at_stake) {
  if (at_stake.starts_with("about "))
    return kAny;
  for (const std::string_view prefix : {"up to ", "all "})
    if (at_stake.starts_with(prefix))
      at_stake.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  std::from_chars(at_stake.data(), at_stake.data() + at_stake.size(), number);
  return number;
}

std::uint64_t named_losses(const json& object) {
  std::uint64_t losses = 0;
  for (const json& field : object.at("fields"))
    if (field.at("applied") == true && field.at("change") == "lossy")
      losses += counted(field.value("at_stake", ""));
  return losses;
}

}  // namespace

void MessageLedger::take_stock(NatsClient& client) {
  streams_ = read(client);
  restarted_ = false;
}

void MessageLedger::will_apply(const json& plan) {
  for (const json& stream : plan.at("streams"))
    forgiven_[stream.at("name")] += named_losses(stream);
  // Other filters make an interest stream drop; of any other one a consumer only passes messages
  // over.
  for (const json& consumer : plan.at("consumers"))
    forgiven_[consumer.at("stream")] += named_losses(consumer);
}

void MessageLedger::acknowledged(const std::string& stream, std::uint64_t sequence, bool up_to_it) {
  acknowledged_.emplace(stream, sequence);
  if (up_to_it)
    acknowledged_up_to_[stream] = std::max(acknowledged_up_to_[stream], sequence);
}

bool MessageLedger::is_acknowledged(const std::string& name, std::uint64_t sequence) const {
  const auto all = acknowledged_up_to_.find(name);
  return (all != acknowledged_up_to_.end() && sequence <= all->second) ||
         acknowledged_.contains({name, sequence});
}

MessageLedger::Streams MessageLedger::read(NatsClient& client) {
  Streams streams;
  const json list = client.api_ok("STREAM.LIST");
  for (const json& info : list["streams"]) {
    const json& config = info["config"];
    const std::int64_t age = config.value("max_age", std::int64_t{0});
    const std::string name = config["name"];
    Stream& stream = streams[name];
    stream.in_memory = config["storage"] == "memory";
    stream.expires_soon = age > 0 && age < kSoon;
    for (StoredMessage& message : client.stored(name))
      stream.messages.emplace(message.sequence, std::move(message));
  }
  return streams;
}

std::vector<std::string> MessageLedger::unlisted(NatsClient& client) const {
  std::vector<std::string> names;
  for (const auto& [name, stream] : streams_)
    if (!stream.messages.empty() && !stream.in_memory &&
        client.api("STREAM.INFO." + name).contains("error"))
      names.push_back(name);
  return names;
}

std::vector<std::string> MessageLedger::missing(NatsClient& client) {
  const Streams now = read(client);
  std::vector<std::string> problems;
  for (const auto& [name, before] : streams_) {
    const auto after = now.find(name);
    const std::size_t told = problems.size();
    compare(name, before, after == now.end() ? Stream{} : after->second, problems);
    if (after == now.end() && problems.size() > told)
      problems.back() += " (the server does not list it)";
  }
  return problems;
}

void MessageLedger::compare(const std::string& name,
                            const Stream& before,
                            const Stream& after,
                            std::vector<std::string>& problems) {
  std::uint64_t lost = 0;
  std::uint64_t first = 0;
  for (const auto& [sequence, message] : before.messages) {
    const auto found = after.messages.find(sequence);
    if (found != after.messages.end()) {
      if (!(found->second == message))
        problems.push_back(fmt::format("message {} of {} is another one now", sequence, name));
    } else if (!is_acknowledged(name, sequence)) {
      first = lost++ == 0 ? sequence : first;
    }
  }
  const bool goes_by_itself =
      before.expires_soon || after.expires_soon || (before.in_memory && restarted_);
  std::uint64_t& forgiven = forgiven_[name];
  if (lost > forgiven && !goes_by_itself)
    problems.push_back(fmt::format("stream {} lost {} of {} messages, from {} on; plans named {}",
                                   name, lost, before.messages.size(), first, forgiven));
  forgiven -= std::min(lost, forgiven);
}

}  // namespace unified::test
