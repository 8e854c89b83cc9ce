#include "observe/server_line.h"

#include <gtest/gtest.h>

namespace unified::observe {
namespace {

struct Case {
  const char* line;
  Level level;
  const char* text;
  bool from_client;
};

TEST(ServerLineTest, EveryKindOfConnectionIsKnown) {
  for (const char* mark : {"cid", "rid", "gid", "wid", "lid", "lid_ws", "mid", "mid_ws"})
    EXPECT_TRUE(
        parse_server_line(std::string{"[7] [ERR] 127.0.0.1:5 - "} + mark + ":4 - Server is ready")
            .from_client)
        << mark;
}

TEST(ServerLineTest, SplitsLevelAndTextAndMarksLinesOfClients) {
  const Case cases[] = {
      {"[7] 2026/11/21 02:13:56.688783 [INF] Server is ready", Level::kInfo, "Server is ready",
       false},
      {"[7] [WRN] Healthcheck failed", Level::kWarning, "Healthcheck failed", false},
      {"[7] 2026/11/21 02:13:56.688783 [ERR] 127.0.0.1:5 - cid:4 - authentication error - User "
       "\"Server is ready\"",
       Level::kError, "127.0.0.1:5 - cid:4 - authentication error - User \"Server is ready\"",
       true},
      {"[7] 2026/11/21 02:13:56.688783 [DBG] 127.0.0.1:5 - cid:4 - \"[INF] Server is ready\"",
       Level::kDebug, "127.0.0.1:5 - cid:4 - \"[INF] Server is ready\"", true},
      {"goroutine 1 [running]:", Level::kInfo, "goroutine 1 [running]:", false},
      {"", Level::kInfo, "", false},
  };
  for (const Case& each : cases) {
    const ServerLine parsed = parse_server_line(each.line);
    EXPECT_EQ(parsed.level, each.level) << each.line;
    EXPECT_EQ(parsed.text, each.text);
    EXPECT_EQ(parsed.from_client, each.from_client) << each.line;
  }
}

TEST(ServerLineTest, KnowsWhatIsOnlyTraceByTheFirstTag) {
  EXPECT_TRUE(
      is_traced("[7] 2026/11/21 02:13:56.688783 [TRC] 127.0.0.1:5 - cid:4 - <<- [PUB a 3]"));
  EXPECT_TRUE(is_traced("[7] [DBG] Trusting"));
  EXPECT_FALSE(is_traced("[7] 2026/11/21 02:13:56.688783 [INF] Server is ready"));
  EXPECT_FALSE(is_traced("[7] [ERR] [TRC] somebody's words"));
  EXPECT_FALSE(is_traced("goroutine 1 [running]:"));
  EXPECT_FALSE(is_traced(""));
}

}  // namespace
}  // namespace unified::observe
