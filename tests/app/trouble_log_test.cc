#include "app/trouble_log.h"

#include <gtest/gtest.h>

namespace unified::app {
namespace {

TEST(TroubleLogTest, KnowsWhichStreamWasNotLoaded) {
  TroubleLog log;
  EXPECT_TRUE(
      log.note("[7] 2026/11/21 02:13:56.688783 [WRN]   Error recreating stream \"G\": replicas > 1 "
               "not supported (10074)"));

  EXPECT_TRUE(log.about("G"));
  EXPECT_FALSE(log.about("H"));
}

TEST(TroubleLogTest, ALineOfAClientIsNoEvidence) {
  TroubleLog log;
  EXPECT_FALSE(log.note(
      "[7] 2026/11/21 02:13:56.688783 [ERR] 127.0.0.1:5 - cid:4 - Error recreating stream \"G\""));

  EXPECT_FALSE(log.about("G"));
}

TEST(TroubleLogTest, AMissingKeyConcernsEveryStream) {
  TroubleLog log;
  EXPECT_TRUE(log.note("[7] [WRN]   Error decrypting our stream metafile: encryption not enabled"));

  EXPECT_TRUE(log.about("ANY"));
}

}  // namespace
}  // namespace unified::app
