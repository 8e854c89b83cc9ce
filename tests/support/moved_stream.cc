#include "support/moved_stream.h"

#include <ostream>
#include <stdexcept>

#include <fmt/format.h>

#include "jetstream/message_answer.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{10'000};
constexpr std::size_t kWindow = 200;

void must(const Result<void>& done) {
  if (!done)
    throw std::runtime_error{done.error().message};
}

std::unique_ptr<nats::Inbox> inbox_of(NatsClient& client) {
  auto inbox = client.connection().open_inbox(nats::InboxKind::kBelow, {});
  if (!inbox)
    throw std::runtime_error{inbox.error().message};
  return *std::move(inbox);
}

nats::Delivery next_of(nats::Inbox& inbox) {
  auto message = inbox.next(kPatience);
  if (!message || !*message)
    throw std::runtime_error{"nothing came"};
  return **std::move(message);
}

/// Pulls `count` messages and acknowledges those whose number `acknowledges` says yes to.
void consume(NatsClient& client,
             const std::string& name,
             std::size_t count,
             bool (*acknowledges)(std::size_t number)) {
  const auto inbox = inbox_of(client);
  for (std::size_t got = 0; got < count;) {
    const std::size_t batch = std::min(kWindow, count - got);
    must(client.connection().send(
        "$JS.API.CONSUMER.MSG.NEXT.S." + name, fmt::format("{}.{}", inbox->prefix(), got),
        fmt::format(R"({{"batch":{},"expires":5000000000}})", batch), {}));
    for (std::size_t i = 0; i < batch; ++i, ++got) {
      const nats::Delivery message = next_of(*inbox);
      if (acknowledges(got))
        must(client.connection().send(message.reply, {}, "+ACK", {}));
    }
  }
}

void add(NatsClient& client, const std::string& name, json config) {
  config["durable_name"] = name;
  config.emplace("ack_policy", "explicit");
  config.emplace("deliver_policy", "all");
  config["ack_wait"] = 600'000'000'000;
  (void)client.api_ok("CONSUMER.DURABLE.CREATE.S." + name,
                      {{"stream_name", "S"}, {"config", config}});
}

jetstream::StreamDigest digest_of(NatsClient& client, std::int64_t first, std::int64_t last) {
  if (last == 0)  // it never had a message, and none has the sequence 0
    return {};
  const auto inbox = inbox_of(client);
  jetstream::DigestBuilder digest;
  std::map<std::int64_t, std::string> answers;
  std::int64_t asked = first;
  for (std::int64_t due = first; due <= last;) {
    for (; asked <= last && asked < due + static_cast<std::int64_t>(kWindow); ++asked)
      must(client.connection().send("$JS.API.STREAM.MSG.GET.S",
                                    fmt::format("{}.{}", inbox->prefix(), asked),
                                    fmt::format(R"({{"seq":{}}})", asked), {}));
    const nats::Delivery answer = next_of(*inbox);
    answers[std::stoll(answer.subject.substr(answer.subject.rfind('.') + 1))] = answer.payload;
    for (; answers.contains(due); answers.erase(due++)) {
      const auto record = jetstream::parse_message(answers[due]);
      if (!record)
        throw std::runtime_error{record.error().message};
      if (*record)
        digest.add(**record);
    }
  }
  return digest.digest();
}

}  // namespace

std::string declare_stream(const TempDir& directory,
                           const std::string& storage,
                           int max_consumers,
                           const std::string& retention) {
  return directory.write("streams.yaml",
                         fmt::format("streams:\n  S:\n    subjects: ['s.>']\n    storage: {}\n"
                                     "    retention: {}\n    max_consumers: {}\n    max_age: 0\n"
                                     "    max_msgs: -1\n    max_bytes: -1\n    num_replicas: 1\n"
                                     "    duplicate_window: 1\n",
                                     storage, retention, max_consumers));
}

void fill_stream(NatsClient& client, std::size_t messages) {
  const auto inbox = inbox_of(client);
  std::size_t due = 0;
  for (std::size_t number = 1; number <= messages; ++number) {
    nats::HeaderList headers;
    if (number % 7 == 0)
      headers = {{"Nats-Msg-Id", std::to_string(number)}, {"Two", "a"}, {"Two", "b"}};
    must(client.connection().send(fmt::format("s.{}", number % 20), inbox->prefix() + ".ack",
                                  fmt::format("{}:{}", number, std::string(number % 90, 'x')),
                                  headers));
    for (++due; due > (number == messages ? 0 : kWindow); --due)
      (void)next_of(*inbox);
  }
  const auto count = static_cast<std::int64_t>(messages);
  for (const std::int64_t sequence : {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, count / 2,
                                      count / 2 + 1, count / 3, count - 1, count})
    (void)client.api_ok("STREAM.MSG.DELETE.S", {{"seq", sequence}});
}

void add_consumers(NatsClient& client, bool filtered) {
  const auto all = +[](std::size_t) { return true; };
  const auto none = +[](std::size_t) { return false; };
  add(client, "untouched", json::object());
  add(client, "behind", json::object());
  consume(client, "behind", 150, +[](std::size_t number) { return number < 100; });
  add(client, "together", {{"ack_policy", "all"}});
  consume(client, "together", 200, +[](std::size_t number) { return number == 120; });
  add(client, "never", {{"ack_policy", "none"}});
  consume(client, "never", 77, none);
  add(client, "some", filtered ? json{{"filter_subject", "s.3"}} : json::object());
  consume(client, "some", 12, all);
  add(client, "later", {{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 300}});
  consume(client, "later", 60, all);
  add(client, "new", {{"deliver_policy", "new"}});
  add(client, "pushed", {{"deliver_subject", "nobody.is.here"}, {"deliver_group", "g"}});
  // Acknowledgements need no answer: what INFO says is behind them for a moment.
  (void)wait_until(kPatience, [&client] {
    return client.api_ok("CONSUMER.INFO.S.later")["num_ack_pending"] == 0 &&
           client.api_ok("CONSUMER.INFO.S.behind")["num_ack_pending"] == 50 &&
           client.api_ok("CONSUMER.INFO.S.together")["num_ack_pending"] == 79;
  });
}

void fill_queue(NatsClient& client, std::size_t messages, const std::string& retention) {
  add(client, "worker", json::object());
  if (retention == "interest")
    add(client, "other", {{"ack_policy", "all"}});
  fill_stream(client, messages);
  consume(client, "worker", 300, +[](std::size_t number) { return number < 200; });
  if (retention == "interest")
    consume(client, "other", 250, +[](std::size_t number) { return number == 120; });
  (void)wait_until(kPatience, [&] {
    return client.api_ok("CONSUMER.INFO.S.worker")["num_ack_pending"] == 100 &&
           (retention != "interest" ||
            client.api_ok("CONSUMER.INFO.S.other")["num_ack_pending"] == 129);
  });
}

StreamContent content_of(NatsClient& client, bool with_times) {
  const json info = client.api_ok("STREAM.INFO.S", {{"deleted_details", true}});
  const json& state = info["state"];
  StreamContent content;
  content.first = state["first_seq"];
  content.last = state["last_seq"];
  content.deleted = state.value("deleted", json::array());
  content.subjects = info["config"]["subjects"];
  content.digest = digest_of(client, content.first, content.last);
  if (!with_times)
    content.digest.times.clear();
  const json consumers = client.api_ok("CONSUMER.LIST.S", json::object())["consumers"];
  for (const json& consumer : consumers) {
    const std::string name = consumer["name"];
    json config = consumer["config"];
    config.erase("metadata");
    content.consumers[name] = config;
    if (consumer["delivered"]["consumer_seq"] > 0)
      content.ack_floors[name] = consumer["ack_floor"]["stream_seq"];
  }
  return content;
}

std::ostream& operator<<(std::ostream& out, const StreamContent& content) {
  out << content.digest.messages << " messages " << content.digest.content << ' '
      << content.digest.times << ", " << content.first << '-' << content.last << ", deleted "
      << content.deleted << ", " << content.subjects;
  for (const auto& [name, floor] : content.ack_floors)
    out << ", " << name << " at " << floor;
  for (const auto& [name, config] : content.consumers)
    out << "\n  " << name << ": " << config;
  return out;
}

}  // namespace unified::test
