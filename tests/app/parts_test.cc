#include "app/parts.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "app/recording_log.h"

namespace unified::app {
namespace {

TEST(PartsTest, OnlyOfWhatIsStartedAgainItIsSaidSo) {
  boost::asio::io_context reactor;
  RecordingLog log;
  Parts parts{reactor.get_executor(), log};

  parts.note("black box", "no room");
  (void)parts.start("receiver", []() -> Result<void> { return Error{"the port is taken"}; });

  ASSERT_EQ(log.lines().size(), 2U);
  EXPECT_EQ(log.lines()[0], "black box does not work: no room; everything else runs on without it");
  EXPECT_NE(log.lines()[1].find("it is started again"), std::string::npos) << log.lines()[1];
}

}  // namespace
}  // namespace unified::app
