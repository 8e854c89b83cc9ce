#include "app/cluster_watch.h"

#include <chrono>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr const char* kLeftOut =
    R"({"$SYS":{"_meta_":{"size":2,"leader":"A","peers":{)"
    R"("A":{"name":"nats-1","known":true},"B":{"name":"nats-2","known":true}}}}})";
constexpr const char* kMember =
    R"({"$SYS":{"_meta_":{"size":3,"leader":"A","peers":{)"
    R"("A":{"name":"nats-1","known":true},"B":{"name":"nats-2","known":true}}}}})";
constexpr const char* kBootstrapping =
    "[15] 2026/12/01 03:18:12.377802 [INF] JetStream cluster bootstrapping";

/// A watch that is answered with one page after the other; after the last one nothing more comes.
class ClusterWatchTest : public testing::Test {
 protected:
  void answer(std::deque<std::string> pages) { pages_ = std::move(pages); }

  /// Until all pages were asked for, or nobody asks.
  void run() { reactor_.run_for(std::chrono::seconds{10}); }

  asio::io_context reactor_{1};
  std::deque<std::string> pages_;
  bool leader_answers_ = true;
  bool acts_ = true;
  std::vector<std::string> targets_;
  std::vector<std::string> told_;
  ClusterWatch watch_{
      {.reactor = reactor_.get_executor(),
       .get = [this](std::string target) -> asio::awaitable<Result<std::string>> {
         targets_.push_back(std::move(target));
         std::string page = pages_.front();
         pages_.pop_front();
         if (pages_.empty())
           watch_.ended();
         if (page.empty())
           co_return Error{.message = "connection refused"};
         co_return page;
       },
       .leader_answers = [this]() -> asio::awaitable<bool> { co_return leader_answers_; },
       .on_left_out =
           [this](const std::string& why) {
             told_.push_back(why);
             return acts_;
           },
       .between_looks = std::chrono::milliseconds{1}}};
};

TEST_F(ClusterWatchTest, ANodeThatIsLeftOutIsToldOnce) {
  answer({kLeftOut, kLeftOut, kLeftOut, kMember, kMember});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  run();

  EXPECT_EQ(told_.size(), 1U);
  EXPECT_EQ(targets_, (std::vector<std::string>(3, "/raftz?acc=$SYS&group=_meta_")));
}

TEST_F(ClusterWatchTest, WhatCannotBeDoneNowIsToldAgain) {
  acts_ = false;
  answer({kLeftOut, kLeftOut, kLeftOut, kLeftOut, kLeftOut, kLeftOut, kMember});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  run();

  EXPECT_EQ(told_.size(), 2U);
  EXPECT_TRUE(pages_.empty());
}

TEST_F(ClusterWatchTest, AMemberIsNotAskedForEver) {
  answer({kMember, kLeftOut, kMember, kMember, kMember, kLeftOut});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  run();

  EXPECT_EQ(targets_.size(), 5U);
}

TEST_F(ClusterWatchTest, AMemberThatJoinedLateIsNotCalledLeftOut) {
  answer({kLeftOut, kLeftOut, kMember, kLeftOut, "", kLeftOut, kLeftOut, kMember});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  run();

  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(pages_.empty());
}

TEST_F(ClusterWatchTest, WhileNoLeaderAnswersNobodyIsLeftOut) {
  leader_answers_ = false;
  answer({kLeftOut, kLeftOut, kLeftOut, kLeftOut, kMember});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  run();

  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(pages_.empty());
}

TEST_F(ClusterWatchTest, OnlyANodeThatFormsTheGroupIsLookedAt) {
  answer({kLeftOut, kLeftOut, kLeftOut, kMember});
  watch_.server_line("[15] 2026/12/01 03:18:12.377802 [INF] JetStream cluster recovering state");
  watch_.server_ready();
  run();

  EXPECT_TRUE(targets_.empty());
}

TEST_F(ClusterWatchTest, AServerThatHasEndedIsForgotten) {
  answer({kLeftOut, kLeftOut, kLeftOut, kMember});
  watch_.server_line(kBootstrapping);
  watch_.server_ready();
  watch_.ended();
  watch_.server_ready();  // of the next incarnation, which found the group's state on its disk
  run();

  EXPECT_TRUE(targets_.empty());
}

}  // namespace
}  // namespace unified::app
