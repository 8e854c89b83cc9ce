#include "app/server_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace unified::app {
namespace {

using Lines = std::vector<std::string>;

TEST(ServerWordsTest, KeepsWarningsAndRefusalsOnly) {
  ServerWords words;
  words.note(1, "[7] 2026/11/21 18:08:56.938884 [INF] Server is ready");
  words.note(1,
             "[7] 2026/11/21 18:08:56.938884 [FTL] Can't start JetStream: storage directory is not "
             "writable");
  words.note(1, R"(nats-server: a.conf:2:1: unknown field "bogus")");
  words.note(1, "");
  EXPECT_EQ(words.said(1), (Lines{"Can't start JetStream: storage directory is not writable",
                                  R"(nats-server: a.conf:2:1: unknown field "bogus")"}));
}

TEST(ServerWordsTest, PassesOverWhatClientsSay) {
  ServerWords words;
  words.note(1,
             "[7] [ERR] 127.0.0.1:5 - cid:4 - \"no space left on device\" - authentication error");
  EXPECT_TRUE(words.said(1).empty());
}

TEST(ServerWordsTest, KeepsTheStacksOfADump) {
  ServerWords words;
  words.note(1, "SIGQUIT: quit");
  words.note(1, "PC=0x47fb21 m=0 sigcode=0");
  words.note(1, "goroutine 1 [select]:");
  words.note(1, "[7] [INF] Server is ready");
  words.note(1, "\tmain.go:3");
  EXPECT_EQ(words.stacks(1),
            (Lines{"SIGQUIT: quit", "PC=0x47fb21 m=0 sigcode=0", "goroutine 1 [select]:"}));
}

TEST(ServerWordsTest, KeepsTheFirstAndTheLastWords) {
  ServerWords words;
  for (int i = 0; i < 1000; ++i)
    words.note(1, fmt::format("[7] [WRN] {}", i));
  words.note(1, "panic: boom");
  const Lines said = words.said(1);
  EXPECT_EQ(said.size(), 100U);
  EXPECT_EQ(said.front(), "0");
  EXPECT_EQ(said[49], "49");
  EXPECT_EQ(said.back(), "panic: boom");
  words.note(2, "");
  EXPECT_TRUE(words.said(1).empty());
}

}  // namespace
}  // namespace unified::app
