#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/consumer_fields.h"
#include "jetstream/stream_spec.h"
#include "support/bare_server.h"
#include "support/nats_client.h"
#include "support/temp_dir.h"

namespace unified::test {

/// `%` becomes the name, `%%` a percent sign.
inline nlohmann::json members(std::string text, const std::string& name) {
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at)) {
    const bool percent = text.compare(at, 2, "%%") == 0;
    text.replace(at, percent ? 2 : 1, percent ? "%" : name);
    at += percent ? 1 : name.size();
  }
  return nlohmann::json::parse("{" + text + "}");
}

/// Streams with one consumer each, called C, on a stock server.
class ConsumerServerTest : public ServerTest {
 public:
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure())
      return;
    bare_ = std::make_unique<BareServer>(
        BareServerOptions{.server = server(), .directory = directory_});
    connect();
  }

 protected:
  void connect() {
    nats::ConnectOptions options;
    options.url = bare_->url();
    client_ = std::make_unique<NatsClient>(std::move(options));
  }

  [[nodiscard]] bool is_2_9() const { return server().version < ServerVersion{2, 10, 0}; }

  void create_stream(const std::string& name, const std::string& retention) {
    client_->api_ok(
        "STREAM.CREATE." + name,
        {{"name", name}, {"subjects", {name + ".a", name + ".b"}}, {"retention", retention}});
  }

  /// Asks for exactly that, in the form that we send.
  nlohmann::json put(const std::string& stream,
                     const std::string& name,
                     const nlohmann::json& config,
                     const char* action) {
    nlohmann::json request = jetstream::consumer_request(config);
    request["durable_name"] = name;
    return client_->api("CONSUMER.DURABLE.CREATE." + stream + "." + name,
                        {{"stream_name", stream}, {"config", request}, {"action", action}});
  }

  nlohmann::json info(const std::string& stream) {
    return client_->api("CONSUMER.INFO." + stream + ".C");
  }

  jetstream::StreamState stream_state(const std::string& name) {
    const nlohmann::json info = client_->api_ok("STREAM.INFO." + name);
    return {.name = name,
            .config = info["config"],
            .messages = info["state"]["messages"],
            .consumers = info["state"]["consumer_count"]};
  }

  /// Fields of `config` whose meaning is not the one declared.
  static std::string differences(const nlohmann::json& config,
                                 const nlohmann::json& declared,
                                 const nlohmann::json& stream) {
    const nlohmann::json wanted = jetstream::overlaid_consumer(config, declared);
    std::string names;
    for (const jetstream::Field& field : jetstream::consumer_fields())
      if (!jetstream::same_meaning(field, jetstream::consumer_value_in(field, config, stream),
                                   jetstream::consumer_value_in(field, wanted, stream)))
        names += std::string{field.name} + " ";
    return names;
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::unique_ptr<BareServer> bare_;
  std::unique_ptr<NatsClient> client_;
};

}  // namespace unified::test
