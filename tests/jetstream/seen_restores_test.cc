#include "jetstream/seen_restores.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using namespace std::chrono_literals;

class SeenRestoresTest : public testing::Test {
 protected:
  void look(std::chrono::seconds at, const RestoreLook& look) {
    restores_looked_at(seen, look, start + at, "later");
  }
  std::vector<std::string> over(std::chrono::seconds at) {
    return drop_finished(seen, 1h, start + at);
  }
  [[nodiscard]] bool runs(const std::string& stream) const { return seen.running.contains(stream); }

  std::chrono::steady_clock::time_point start{};
  SeenRestores seen;
};

TEST_F(SeenRestoresTest, RunsFromItsFirstAdvisoryToItsLast) {
  restore_began(seen, "X", start, "T0");
  EXPECT_TRUE(over(59min).empty());
  EXPECT_EQ(seen.running.at("X").since, "T0");
  restore_ended(seen, "X");
  EXPECT_FALSE(runs("X"));
}

TEST_F(SeenRestoresTest, OneThatHasEndedDoesNotComeBackWhileTheServerStillAwaitsAPiece) {
  look(0s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  restore_ended(seen, "X");
  look(3s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  EXPECT_FALSE(runs("X"));
  restore_began(seen, "X", start + 4s, "T4");
  look(5s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  EXPECT_TRUE(runs("X"));
}

TEST_F(SeenRestoresTest, IsOverAfterRestoreHoldWhateverIsSeen) {
  restore_began(seen, "X", start, "T0");
  look(3599s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  EXPECT_TRUE(over(3599s).empty());
  ASSERT_EQ(over(3600s).size(), 1U);
  look(3601s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  EXPECT_FALSE(runs("X"));
  look(3602s, {.receiving = std::set<std::string>{}, .staged = {}});
  look(3603s, {.receiving = std::set<std::string>{"X"}, .staged = {}});  // another one
  EXPECT_TRUE(runs("X"));
}

TEST_F(SeenRestoresTest, IsOverWhenTheServerAwaitsNothingForHalfAMinute) {
  restore_began(seen, "X", start, "T0");
  look(100s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  look(110s, {.receiving = std::set<std::string>{}, .staged = {}});
  EXPECT_TRUE(over(129s).empty());
  EXPECT_EQ(over(130s).size(), 1U);
}

TEST_F(SeenRestoresTest, GoesOnWhileItsStagingFolderGrows) {
  restore_began(seen, "X", start, "T0");
  look(10s, {.receiving = {}, .staged = 100});
  look(39s, {.receiving = {}, .staged = 101});
  EXPECT_TRUE(over(68s).empty());
  look(68s, {.receiving = {}, .staged = 101});
  EXPECT_EQ(over(69s).size(), 1U);
}

TEST_F(SeenRestoresTest, IsNotTakenForDeadWhenNothingCouldBeLookedAt) {
  restore_began(seen, "X", start, "T0");
  look(10s, {.receiving = {}, .staged = 0});  // a server that restores in memory
  look(600s, {.receiving = {}, .staged = {}});
  EXPECT_TRUE(over(3000s).empty());
  EXPECT_TRUE(runs("X"));
}

TEST_F(SeenRestoresTest, OneThatBeganBeforeWeListenedIsFound) {
  look(0s, {.receiving = std::set<std::string>{"X"}, .staged = {}});
  EXPECT_TRUE(runs("X"));
}

TEST_F(SeenRestoresTest, AFolderThatGrowsForNobodyKnowsWhomIsAnyStreams) {
  look(0s, {.receiving = {}, .staged = 5});
  EXPECT_TRUE(runs(std::string{kAnyStream}));
  look(30s, {.receiving = {}, .staged = 5});
  EXPECT_EQ(over(30s).size(), 1U);
  look(60s, {.receiving = {}, .staged = 5});  // litter
  EXPECT_TRUE(seen.running.empty());
}

}  // namespace
}  // namespace unified::jetstream
