// Two brokers with one NATS_CONFIG_FILE: each would write its own over the other's.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class OneConfTest : public ServerTest {
 protected:
  /// A broker with RUN_DIR and store of its own, and everybody's nats.conf.
  [[nodiscard]] std::unique_ptr<Broker> start(const std::string& patience) const {
    return std::make_unique<Broker>(
        BrokerOptions{.server = server(),
                      .environment = {{"NATS_CONFIG_FILE", conf()}, {"STOP_TIMEOUT", patience}},
                      .directory = {}});
  }
  [[nodiscard]] std::string conf() const { return *shared_ / "nats.conf"; }

  std::shared_ptr<TempDir> shared_ = std::make_shared<TempDir>();
};

TEST_P(OneConfTest, TheSecondIsRefusedAndTheFirstKeepsItsOwn) {
  const auto first = start("8s");
  ASSERT_TRUE(first->wait_ready(20s)) << first->output();
  const std::string written = shared_->read("nats.conf");

  const auto second = start("1s");

  EXPECT_EQ(second->wait(20s), 73) << second->output();
  EXPECT_NE(second->output().find("NATS_CONFIG_FILE=" + conf()), std::string::npos)
      << second->output();
  EXPECT_NE(second->output().find("pid " + std::to_string(first->pid())), std::string::npos)
      << second->output();
  EXPECT_EQ(shared_->read("nats.conf"), written);
  EXPECT_TRUE(first->ready());
  EXPECT_EQ(first->command({"validate"}).status, 0) << "it only looks";
}

TEST_P(OneConfTest, RenderLeavesTheFileOfABrokerThatRunsAsItIs) {
  auto first = start("8s");
  ASSERT_TRUE(first->wait_ready(20s)) << first->output();
  const std::string written = shared_->read("nats.conf");

  const Finished refused = first->command({"render", "-o", conf()});

  EXPECT_EQ(refused.status, 73) << refused.output;
  EXPECT_NE(refused.output.find("pid " + std::to_string(first->pid())), std::string::npos)
      << refused.output;
  EXPECT_EQ(shared_->read("nats.conf"), written);
  const Finished other = first->command({"render", "-o", *shared_ / "other.conf"});
  EXPECT_EQ(other.status, 0) << other.output;
  EXPECT_FALSE(std::filesystem::exists(*shared_ / ".other.conf.lock")) << "nobody needs it";
  EXPECT_EQ(first->stop(), 0);
  EXPECT_EQ(first->command({"render", "-o", conf()}).status, 0) << "nobody writes it any more";
}

TEST_P(OneConfTest, ALinkLeadsToTheSameFile) {
  const auto first = start("8s");
  ASSERT_TRUE(first->wait_ready(20s)) << first->output();
  const TempDir other;
  std::filesystem::create_symlink(conf(), other / "nats.conf");

  Broker second({.server = server(),
                 .environment = {{"NATS_CONFIG_FILE", other / "nats.conf"}, {"STOP_TIMEOUT", "1s"}},
                 .directory = {}});

  EXPECT_EQ(second.wait(20s), 73) << second.output();
}

TEST_P(OneConfTest, OneThatWaitsGoesOnWhenTheFirstHasEnded) {
  const auto first = start("8s");
  ASSERT_TRUE(first->wait_ready(20s)) << first->output();
  const auto second = start("20s");
  ASSERT_TRUE(second->process().wait_for_output("is written by another broker", 20s))
      << second->output();

  EXPECT_EQ(first->stop(), 0) << first->output();

  EXPECT_TRUE(second->wait_ready(20s)) << second->output();
}

TEST_P(OneConfTest, ARestartDoesNotLeaveItToOneThatWaits) {
  const auto first = start("8s");
  ASSERT_TRUE(first->wait_ready(20s)) << first->output();
  const auto second = start("20s");
  ASSERT_TRUE(second->process().wait_for_output("is written by another broker", 20s))
      << second->output();

  for (int round = 0; round < 3; ++round) {
    const Finished restarted = first->command({"restart"});
    EXPECT_EQ(restarted.status, 0) << restarted.output << first->output();
    EXPECT_TRUE(first->wait_ready(20s)) << first->output();
  }

  EXPECT_FALSE(second->ready()) << second->output();
}

UNIFIED_ON_EVERY_SERVER(OneConfTest);

}  // namespace
}  // namespace unified::test
