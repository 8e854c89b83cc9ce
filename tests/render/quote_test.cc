#include "render/quote.h"

#include <rapidcheck.h>

#include <optional>

#include <gtest/gtest.h>

namespace unified::render {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/// What nats-server's lexer makes of a double-quoted string that ends the input (conf/lex.go
/// lexDubQuotedString, lexStringEscape), written on its own: nothing if it would complain, or stop
/// before the end.
std::optional<std::string> lex(const std::string& input) {
  if (input.empty() || input[0] != '"')
    return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < input.size(); ++i) {
    const char c = input[i];
    if (c == '\0')
      return std::nullopt;
    if (c == '"')
      return i + 1 == input.size() ? std::optional{text} : std::nullopt;
    if (c != '\\') {
      text += c;
      continue;
    }
    if (++i == input.size())
      return std::nullopt;
    switch (input[i]) {
      case 't':
        text += '\t';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case '"':
      case '\\':
        text += input[i];
        break;
      case 'x': {
        if (i + 2 >= input.size() || hex_digit(input[i + 1]) < 0 || hex_digit(input[i + 2]) < 0)
          return std::nullopt;
        text += static_cast<char>(hex_digit(input[i + 1]) * 16 + hex_digit(input[i + 2]));
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

TEST(QuoteTest, GivesTheCompleteQuotedString) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("plain"), R"("plain")");
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote(std::string{"\0\n\x1f\x7f", 4}), R"("\x00\x0a\x1f\x7f")");
  EXPECT_EQ(quote("$HOME #x // {{y}} ') ;"), R"("$HOME #x // {{y}} ') ;")");
  EXPECT_EQ(quote("数据é"), "\"数据é\"");
}

TEST(QuoteTest, TheServerReadsBackEveryString) {
  EXPECT_TRUE(rc::check([] {
    const auto nasty =
        rc::gen::elementOf(std::string{"\"\\'{}[]()#/;,$ \t\n\rx0aq:=\x01\x1f\x7f\0\xc3\xa9", 33});
    const auto text =
        *rc::gen::container<std::string>(rc::gen::oneOf(nasty, rc::gen::arbitrary<char>()));

    RC_ASSERT(lex(quote(text)) == text);
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
