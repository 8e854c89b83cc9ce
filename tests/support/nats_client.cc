#include "support/nats_client.h"

#include <mutex>
#include <random>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "support/wait_until.h"

namespace unified::test {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kTimeout{10};

std::unique_ptr<nats::Connection> connect(const nats::Module& module,
                                          const nats::ConnectOptions& options,
                                          const nats::Callbacks& callbacks) {
  auto connection = module.connect(options, callbacks);
  if (!connection)
    throw std::runtime_error{connection.error().message};
  return *std::move(connection);
}

std::unique_ptr<nats::Module> open_module() {
  auto module = nats::Module::open();
  if (!module)
    throw std::runtime_error{module.error().message};
  return *std::move(module);
}

std::string base64_decoded(const std::string& text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  for (std::size_t i = text.size(); i > 0 && text[i - 1] == '='; --i)
    bytes.pop_back();
  return bytes;
}

// Collects what a subscription delivers, from nats.c's thread.
struct Inbox {
  std::mutex mutex;
  std::vector<DeliveredMessage> messages;

  std::size_t size() {
    const std::scoped_lock lock{mutex};
    return messages.size();
  }
};

}  // namespace

NatsClient::NatsClient(nats::ConnectOptions options)
    : module_(open_module()),
      options_(std::move(options)),
      connection_(connect(*module_, options_, {})) {}

Result<nats::PublishAck> NatsClient::publish(const std::string& subject,
                                             const std::string& payload,
                                             const nats::Headers& headers) {
  return connection_->publish_acked(subject, payload, headers, kTimeout);
}

json NatsClient::api(const std::string& name, const json& body) {
  const auto answer =
      connection_->request("$JS.API." + name, body.is_null() ? "" : body.dump(), kTimeout);
  if (!answer)
    throw std::runtime_error{answer.error().message};
  return json::parse(*answer);
}

json NatsClient::api_ok(const std::string& name, const json& body) {
  json answer = api(name, body);
  if (answer.contains("error"))
    throw std::runtime_error{name + ": " + answer["error"].dump()};
  return answer;
}

std::uint64_t NatsClient::count(const std::string& stream) {
  return api_ok("STREAM.INFO." + stream)["state"]["messages"].get<std::uint64_t>();
}

std::vector<StoredMessage> NatsClient::stored(const std::string& stream, std::size_t most) {
  constexpr int kNoMessage = 10037;
  std::vector<StoredMessage> messages;
  std::uint64_t next = 1;
  while (messages.size() < most) {
    const json answer = api("STREAM.MSG.GET." + stream, {{"seq", next}, {"next_by_subj", ">"}});
    if (answer.contains("error")) {
      if (answer["error"].value("err_code", 0) == kNoMessage)
        break;
      throw std::runtime_error{"STREAM.MSG.GET: " + answer["error"].dump()};
    }
    const json& message = answer["message"];
    messages.push_back({.sequence = message["seq"].get<std::uint64_t>(),
                        .subject = message["subject"].get<std::string>(),
                        .payload = base64_decoded(message.value("data", ""))});
    next = messages.back().sequence + 1;
  }
  return messages;
}

std::vector<DeliveredMessage> NatsClient::consumed(const std::string& stream,
                                                   std::chrono::milliseconds limit) {
  const std::uint64_t expected = count(stream);
  const auto inbox = std::make_shared<Inbox>();
  const std::string subject = fmt::format("_INBOX.unified_test.{:x}", std::random_device{}());
  const auto subscriber =
      connect(*module_, options_,
              {.on_connection = {}, .on_advisory = [inbox](std::string from, std::string payload) {
                 const std::scoped_lock lock{inbox->mutex};
                 inbox->messages.push_back({std::move(from), std::move(payload)});
               }});
  if (const auto subscribed = subscriber->subscribe_advisories({subject}); !subscribed)
    throw std::runtime_error{subscribed.error().message};
  api_ok("CONSUMER.CREATE." + stream, {{"stream_name", stream},
                                       {"config",
                                        {{"deliver_subject", subject},
                                         {"deliver_policy", "all"},
                                         {"ack_policy", "none"},
                                         {"replay_policy", "instant"}}}});
  wait_until(limit, [&] { return inbox->size() >= expected; });
  const std::scoped_lock lock{inbox->mutex};
  return std::move(inbox->messages);
}

}  // namespace unified::test
