#include "jetstream/consumer_list.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// Answers CONSUMER.LIST from a list of its own, two a page.
class Pages : public ApiPort {
 public:
  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds /*timeout*/) override {
    subjects.push_back(subject);
    if (silent)
      return Error{"timeout"};
    const auto offset = Json::parse(payload).value("offset", std::size_t{0});
    Json page = extra;
    page["total"] = consumers.size();
    page["consumers"] = Json::array();
    for (std::size_t i = offset; i < consumers.size() && i < offset + 2; ++i)
      page["consumers"].push_back(consumers[i]);
    return page.dump();
  }

  Json consumers = Json::array();
  Json extra = Json::object();
  bool silent = false;
  std::vector<std::string> subjects;
};

Json listed_consumer(const std::string& name) {
  return {{"name", name},
          {"stream_name", "S"},
          {"config", {{"durable_name", name}, {"ack_policy", "explicit"}, {"novelty", 1}}},
          {"delivered", {{"consumer_seq", 7}, {"stream_seq", 9}}},
          {"ack_floor", {{"consumer_seq", 5}, {"stream_seq", 6}}},
          {"num_pending", 11},
          {"num_ack_pending", 2}};
}

TEST(ConsumerListTest, EveryPageIsAskedForAndTheNamesAreSorted) {
  Pages port;
  port.consumers = {listed_consumer("c"), listed_consumer("a"), listed_consumer("b"),
                    listed_consumer("e"), listed_consumer("d")};

  const auto consumers = list_consumers(port, "S", 1s);

  ASSERT_TRUE(consumers.ok());
  ASSERT_EQ(consumers->consumers.size(), 5U);
  EXPECT_EQ(port.subjects, std::vector<std::string>(3, "$JS.API.CONSUMER.LIST.S"));
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(consumers->consumers[i].name, std::string(1, static_cast<char>('a' + i)));
}

TEST(ConsumerListTest, AStateHasTheWholeConfigurationAndHowFarTheConsumerIs) {
  const ConsumerState state = parse_consumer_state("S", listed_consumer("a"));

  EXPECT_EQ(state.stream, "S");
  EXPECT_EQ(state.name, "a");
  EXPECT_EQ(state.config["novelty"], 1);
  EXPECT_EQ(state.delivered_consumer_seq, 7);
  EXPECT_EQ(state.delivered_stream_seq, 9);
  EXPECT_EQ(state.ack_floor_consumer_seq, 5);
  EXPECT_EQ(state.ack_floor_stream_seq, 6);
  EXPECT_EQ(state.pending, 11);
  EXPECT_EQ(state.ack_pending, 2);
}

TEST(ConsumerListTest, AConsumerOfAnotherTypeIsAnEmptyOne) {
  for (const Json& answer : {Json("A"), Json(), Json(5), Json::array({1}),
                             Json{{"config", 5}, {"delivered", "none"}, {"num_pending", "x"}}}) {
    const ConsumerState state = parse_consumer_state("S", answer);
    EXPECT_EQ(state.name, "") << answer.dump();
    EXPECT_TRUE(state.config.is_object()) << answer.dump();
    EXPECT_EQ(state.pending, 0) << answer.dump();
  }
}

TEST(ConsumerListTest, AConsumerThatTheServerCannotDescribeHidesNoOther) {
  Pages port;
  for (const auto& [extra, why] :
       {std::pair{Json{{"missing", {"lost"}}}, "the server lists it but can't reach it"},
        std::pair{Json{{"offline", {{"lost", "unsupported"}}}},
                  "the server has it offline: unsupported"}}) {
    port.consumers = {listed_consumer("b"), listed_consumer("a")};
    port.extra = extra;
    const auto list = list_consumers(port, "S", 1s);
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list->consumers.size(), 2U);
    EXPECT_EQ(list->consumers[0].name, "a");
    ASSERT_EQ(list->unreachable.size(), 1U);
    EXPECT_EQ(list->unreachable[0].name, "lost");
    EXPECT_EQ(list->unreachable[0].why, why);
  }
}

TEST(ConsumerListTest, PagesThatHoldOnlyUnreachableOnesAreNotTheLast) {
  /// Two pages, and nothing to say of the first one's.
  class Offline : public ApiPort {
   public:
    Result<std::string> request(const std::string& /*subject*/,
                                const std::string& payload,
                                std::chrono::milliseconds /*timeout*/) override {
      Json page{{"total", 3}, {"consumers", Json::array()}};
      if (Json::parse(payload).value("offset", 0) == 0)
        page["missing"] = {"x", "y"};
      else
        page["consumers"].push_back(listed_consumer("a"));
      return page.dump();
    }
  };
  Offline port;
  const auto list = list_consumers(port, "S", 1s);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->unreachable.size(), 2U);
  EXPECT_EQ(list->consumers.size(), 1U);
}

TEST(ConsumerListTest, AFieldOfAnUnknownTypeConcernsItsConsumerAlone) {
  Pages port;
  port.consumers = {listed_consumer("a"), listed_consumer("b")};
  port.consumers[0]["config"]["ack_wait"] = "30s";

  const auto list = list_consumers(port, "S", 1s);

  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->consumers.size(), 1U);
  EXPECT_EQ(list->consumers[0].name, "b");
  ASSERT_EQ(list->unreachable.size(), 1U);
  EXPECT_EQ(list->unreachable[0].name, "a");
  EXPECT_EQ(list->unreachable[0].why, "its ack_wait is of an unknown type");
}

TEST(ConsumerListTest, AListWithoutEndIsAnError) {
  class Endless : public ApiPort {
   public:
    Result<std::string> request(const std::string& /*subject*/,
                                const std::string& /*payload*/,
                                std::chrono::milliseconds /*timeout*/) override {
      return Json{{"total", 1'000'000'000}, {"consumers", {{{"name", "a"}}}}}.dump();
    }
  };
  Endless port;
  const auto list = list_consumers(port, "S", 1s);
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.error().message,
            "cannot list the consumers of stream S: the server's list has no end");
}

TEST(ConsumerListTest, SilenceIsNoAnswer) {
  Pages port;
  port.silent = true;

  const auto consumers = list_consumers(port, "S", 1s);

  ASSERT_FALSE(consumers.ok());
  EXPECT_FALSE(consumers.error().answered);
}

}  // namespace
}  // namespace unified::jetstream
