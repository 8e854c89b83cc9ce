#include "render/quote.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "conf_string.h"

namespace unified::render {
namespace {

TEST(QuoteTest, GivesTheCompleteQuotedString) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("plain"), R"("plain")");
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote(std::string{"\0\n\x1f\x7f", 4}), R"("\x00\x0a\x1f\x7f")");
  EXPECT_EQ(quote("$HOME #x // {{y}} ') ;"), R"("$HOME #x // {{y}} ') ;")");
  EXPECT_EQ(quote("数据é"), "\"数据é\"");
}

/// A string with NULs from a literal, of its own length.
template <std::size_t N>
std::string whole(const char (&literal)[N]) {
  return {literal, N - 1};
}

TEST(QuoteTest, TheServerReadsBackEveryString) {
  EXPECT_TRUE(rc::check([] {
    const auto nasty =
        rc::gen::elementOf(whole("\"\\'{}[]()#/;,$ \t\n\rx0aq:=\x01\x1f\x7f\0\xc3\xa9"));
    const auto text =
        *rc::gen::container<std::string>(rc::gen::oneOf(nasty, rc::gen::arbitrary<char>()));

    RC_ASSERT(read_conf_string(quote(text)) == text);
  }));
}

TEST(QuoteTest, LeavesNoControlByteInTheFile) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const char c : quote(text))
      RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  }));
}

}  // namespace
}  // namespace unified::render
