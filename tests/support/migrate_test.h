#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/moved_stream.h"

namespace unified::test {

class MigrateTest : public ServerTest {
 protected:
  static std::size_t number_from(const char* variable, std::size_t otherwise) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    const char* text = std::getenv(variable);
    return text != nullptr ? std::stoul(text) : otherwise;
  }

  /// In the stream to be moved: $UNIFIED_MIGRATE_MESSAGES=1000000 (and a --gtest_filter): what it
  /// is made for.
  static std::size_t messages() { return number_from("UNIFIED_MIGRATE_MESSAGES", 2000); }

  static std::chrono::seconds patience() {
    return std::chrono::seconds{60} + std::chrono::seconds{messages() / 4000};
  }

  /// As many as there are: no room for one that reads.
  static constexpr int kFewConsumers = 8;
  static constexpr int kManyConsumers = 100;

  /// Storage where max_consumers is not immutable, else max_consumers.
  [[nodiscard]] bool to_memory() const { return server().version >= ServerVersion{2, 14, 0}; }
  [[nodiscard]] bool is_oldest() const { return server().version < ServerVersion{2, 10, 0}; }

  Broker& start(const Environment& more = {}) {
    Environment environment{{"STREAMS_FILE", *directory_ / "streams.yaml"}};
    environment.insert(more.begin(), more.end());
    broker_.reset();
    broker_ = std::make_unique<Broker>(
        BrokerOptions{.server = server(), .environment = environment, .directory = directory_});
    return *broker_;
  }

  /// A broker with a full stream on file; then its manifest is another one.
  StreamContent prepare(const std::string& storage,
                        int max_consumers,
                        bool with_times,
                        const Environment& more = {}) {
    (void)declare_stream(*directory_, "file", kFewConsumers);
    EXPECT_TRUE(start(more).wait_ready(std::chrono::seconds{20})) << broker_->output();
    NatsClient client = broker_->client();
    fill_stream(client, messages());
    add_consumers(client, !is_oldest());
    StreamContent content = content_of(client, with_times);
    (void)declare_stream(*directory_, storage, max_consumers);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);  // "not applied", as plan says
    return content;
  }

  [[nodiscard]] StreamContent now(bool with_times) const {
    NatsClient client = broker_->client();
    return content_of(client, with_times);
  }
  [[nodiscard]] nlohmann::json config() const {
    return broker_->client().api_ok("STREAM.INFO.S")["config"];
  }
  /// But for the one backup, whole, of a stream that is in memory now.
  [[nodiscard]] bool leaves_nothing() const {
    namespace fs = std::filesystem;
    const fs::path root = *directory_ / "store/unified-migration";
    if (config()["storage"] != "memory")
      return !fs::exists(root);
    const std::vector<fs::path> left{fs::directory_iterator{root}, {}};
    return left.size() == 1 && left[0].filename() != "stream-S" &&
           fs::exists(left[0] / "backup.json") && fs::exists(left[0] / "stream.tar.s2");
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::unique_ptr<Broker> broker_;
};

}  // namespace unified::test
