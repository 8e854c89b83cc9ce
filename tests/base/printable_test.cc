#include "base/printable.h"

#include <random>

#include <gtest/gtest.h>

#include "base/parse.h"

namespace unified {
namespace {

using namespace std::string_literals;

TEST(PrintableTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1B[2Jb");
  EXPECT_EQ(printable("a\rb\nc\x07"), "a\\x0Db\\x0Ac\\x07");
  EXPECT_EQ(printable("a\0b"s), "a\\x00b");
  EXPECT_EQ(printable("\x7f"), "\\x7F");
  EXPECT_EQ(printable("\xc2\x9b\x32J"), "\\xC2\\x9B2J");
}

TEST(PrintableTest, EscapesWhatIsNoUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xFF");
  EXPECT_EQ(printable("\xc3"), "\\xC3");
  EXPECT_EQ(printable("\xc0\x9b"), "\\xC0\\x9B");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xED\\xA0\\x80");
  EXPECT_EQ(printable("\xe4\xb8"), "\\xE4\\xB8");
}

TEST(PrintableTest, LeavesTextAsItIs) {
  for (const char* text : {"", "plain", "\tindented", "中文 données €", "\xc2\xa0", "😀"})
    EXPECT_EQ(printable(text), text);
}

TEST(PrintableTest, WhateverComesIsPrintableAfterwardsAndStaysSo) {
  std::mt19937 random{20261130};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i)
      text += static_cast<char>(byte(random));
    const std::string clean = printable(text);
    ASSERT_TRUE(is_utf8(clean));
    ASSERT_EQ(clean.find('\x1b'), std::string::npos);
    ASSERT_EQ(printable(clean), clean);
  }
}

}  // namespace
}  // namespace unified
