#include "health/meta_group.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

/// What /raftz says on a node with that many members in its group, and these peers.
std::string raftz(int size, const std::string& peers, const std::string& leader = "yrzKKRBu") {
  return R"({"$SYS":{"_meta_":{"id":"cnrtt3eg","state":"FOLLOWER","size":)" + std::to_string(size) +
         R"(,"quorum_needed":2,"leader":")" + leader + R"(","peers":{)" + peers + "}}}}";
}

// As nats-server 2.10.27 said in three containers.
const std::string kTwoOthers = R"("bkCGheKT":{"name":"nats-3","known":true,"last_seen":"14.8s"},)"
                               R"("yrzKKRBu":{"name":"nats-1","known":true,"last_seen":"816.7ms"})";
const std::string kOneOther = R"("yrzKKRBu":{"name":"nats-1","known":true,"last_seen":"4ms"})";

TEST(MetaGroupTest, AGroupOfTwoOtherNodesLeavesUsOut) {
  const MetaGroup group = meta_group(raftz(2, kTwoOthers));

  EXPECT_TRUE(leaves_us_out(group, true));
  EXPECT_FALSE(leaves_us_out(group, false)) << "nobody says that the group works";
  EXPECT_EQ(left_out_sentence(group),
            "nats-server was left out when the nodes of its cluster formed their metadata group "
            "(members: nats-3, nats-1): no stream can be placed on this node");
}

TEST(MetaGroupTest, AMemberIsNotLeftOut) {
  EXPECT_FALSE(leaves_us_out(meta_group(raftz(2, kOneOther)), true));   // it lacks another one
  EXPECT_FALSE(leaves_us_out(meta_group(raftz(3, kTwoOthers)), true));  // it is whole
  EXPECT_FALSE(leaves_us_out(meta_group(raftz(1, "")), true));
}

TEST(MetaGroupTest, ANodeThatDoesNotKnowALeaderThatAnswersIsLeftOut) {
  const MetaGroup group = meta_group(raftz(3, "", ""));

  EXPECT_TRUE(leaves_us_out(group, true));
  EXPECT_FALSE(leaves_us_out(group, false)) << "the others may not have started yet";
  EXPECT_EQ(left_out_sentence(group),
            "nats-server was left out when the nodes of its cluster formed their metadata group "
            "(its leader is unknown here): no stream can be placed on this node");
}

TEST(MetaGroupTest, APeerThatIsNoMemberYetDoesNotCount) {
  const std::string joining = R"(,"AAAAAAAA":{"name":"nats-9","known":false})";

  EXPECT_FALSE(leaves_us_out(meta_group(raftz(2, kOneOther + joining)), true));
}

TEST(MetaGroupTest, APeerWithoutANameIsCalledByItsId) {
  EXPECT_EQ(meta_group(raftz(1, R"("bkCGheKT":{"known":true})")).others,
            std::vector<std::string>{"bkCGheKT"});
}

TEST(MetaGroupTest, WhatIsNoSuchPageSaysNothing) {
  for (const char* page : {"", "404 page not found", "{}", "[]", R"({"$SYS":{}})", R"({"$SYS":[]})",
                           R"({"$SYS":{"_meta_":[]}})", R"({"$SYS":{"_meta_":{"size":-1}}})",
                           R"({"$SYS":{"_meta_":{"size":2,"leader":7,"peers":[1]}}})",
                           R"({"$SYS":{"_meta_":{"size":1,"leader":"x","peers":{"a":1}}}})"})
    EXPECT_FALSE(leaves_us_out(meta_group(page), true)) << page;
}

}  // namespace
}  // namespace unified::health
