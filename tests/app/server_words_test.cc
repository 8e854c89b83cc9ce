#include "app/server_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace unified::app {
namespace {

using Lines = std::vector<std::string>;

TEST(ServerWordsTest, KeepsWarningsAndRefusalsOnly) {
  ServerWords words;
  words.note("[7] 2026/11/21 18:08:56.938884 [INF] Server is ready");
  words.note(
      "[7] 2026/11/21 18:08:56.938884 [FTL] Can't start JetStream: storage directory is not "
      "writable");
  words.note(R"(nats-server: a.conf:2:1: unknown field "bogus")");
  words.note("");
  EXPECT_EQ(words.said(), (Lines{"Can't start JetStream: storage directory is not writable",
                                 R"(nats-server: a.conf:2:1: unknown field "bogus")"}));
}

TEST(ServerWordsTest, PassesOverWhatClientsSay) {
  ServerWords words;
  words.note("[7] [ERR] 127.0.0.1:5 - cid:4 - \"no space left on device\" - authentication error");
  EXPECT_TRUE(words.said().empty());
}

TEST(ServerWordsTest, KeepsTheStacksOfADump) {
  ServerWords words;
  words.note("SIGQUIT: quit");
  words.note("PC=0x47fb21 m=0 sigcode=0");
  words.note("goroutine 1 [select]:");
  words.note("[7] [INF] Server is ready");
  words.note("\tmain.go:3");
  EXPECT_EQ(words.stacks(),
            (Lines{"SIGQUIT: quit", "PC=0x47fb21 m=0 sigcode=0", "goroutine 1 [select]:"}));
}

TEST(ServerWordsTest, KeepsTheFirstAndTheLastWords) {
  ServerWords words;
  for (int i = 0; i < 1000; ++i)
    words.note(fmt::format("[7] [WRN] {}", i));
  words.note("panic: boom");
  const Lines said = words.said();
  EXPECT_EQ(said.size(), 100U);
  EXPECT_EQ(said.front(), "0");
  EXPECT_EQ(said[49], "49");
  EXPECT_EQ(said.back(), "panic: boom");
  words.clear();
  EXPECT_TRUE(words.said().empty());
}

}  // namespace
}  // namespace unified::app
