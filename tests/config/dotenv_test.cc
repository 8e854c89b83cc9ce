#include "config/dotenv.h"

#include <rapidcheck.h>

#include <map>

#include <gtest/gtest.h>

namespace unified::config {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

DotenvContext environment(std::map<std::string, std::string> texts) {
  return {[texts = std::move(texts)](const std::string& name) {
            const auto found = texts.find(name);
            return found == texts.end() ? std::nullopt : std::optional{found->second};
          },
          {}};
}

Pairs parsed(std::string_view text, const DotenvContext& context = {}) {
  Pairs pairs;
  for (const DotenvEntry& entry : parse_dotenv(text, ".env", context).entries)
    pairs.emplace_back(entry.name, entry.value);
  return pairs;
}

std::string value_of(std::string_view text, const DotenvContext& context = {}) {
  const Dotenv result = parse_dotenv(text, ".env", context);
  EXPECT_TRUE(result.problems.empty()) << to_text(result.problems.front());
  return result.entries.size() == 1 ? result.entries[0].value : "(not one entry)";
}

std::vector<std::string> problems(std::string_view text, const DotenvContext& context = {}) {
  std::vector<std::string> lines;
  for (const Problem& problem : parse_dotenv(text, ".env", context).problems)
    lines.push_back(problem.origin);
  return lines;
}

TEST(DotenvTest, ReadsValuesAsComposeDoes) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"A=b", "b"},
      {"A=", ""},
      {"A=  b  ", "b"},
      {"A = b", "b"},
      {"  A=b", "b"},
      {"export A=b", "b"},
      {"A: b", "b"},
      {"A=b=c", "b=c"},
      {"A=4222   # client port", "4222"},
      {"A=4222\t# client port", "4222"},
      {"A=a#b", "a#b"},
      {"A=#b", "#b"},
      {"A= # nothing", ""},
      {"A=a b c", "a b c"},
      {"A=/data\\jet", "/data\\jet"},
      {"A='$B # c'", "$B # c"},
      {"A='it\\'s'", "it's"},
      {"A='a\\n\\\\'", "a\\n\\\\"},
      {"A='a' # c", "a"},
      {"A=\"a # b\" # c", "a # b"},
      {"A=\"\"", ""},
      {R"(A="say \"hi\"")", "say \"hi\""},
      {R"(A="a\nb\tc\\d\$e")", "a\nb\tc\\d$e"},
      {R"(A="\0101\q")", "A\\q"},
      {"A=\"a\nb\"", "a\nb"},
      {"A='a\nb'", "a\nb"},
      {"A=a$$b", "a$b"},
      {"A=\xEF\xBB\xBFx", "\xEF\xBB\xBFx"},
  };
  for (const auto& [text, value] : table)
    EXPECT_EQ(value_of(text), value) << text;
}

TEST(DotenvTest, ReplacesReferences) {
  const DotenvContext context = environment({{"B", "bee"}, {"E", ""}});
  const std::vector<std::pair<std::string, std::string>> table{
      {"A=$B", "bee"},       {"A=${B}s", "bees"},     {"A=\"$B\"", "bee"},
      {"A=${X:-x}", "x"},    {"A=${X-x}", "x"},       {"A=${E:-x}", "x"},
      {"A=${E-x}", ""},      {"A=${B:-x}", "bee"},    {"A=${B:+x}", "x"},
      {"A=${E:+x}", ""},     {"A=${E+x}", "x"},       {"A=${X+x}", ""},
      {"A=${B:?no}", "bee"}, {"A=${X:-${B}}", "bee"}, {"A=${X:-${Y:-y}}z", "yz"},
      {"A=${X:-}", ""},
  };
  for (const auto& [text, value] : table)
    EXPECT_EQ(value_of(text, context), value) << text;
}

TEST(DotenvTest, TheEnvironmentWinsOverTheLinesAbove) {
  const std::string text = "P=1\nQ=$P\n";

  EXPECT_EQ(parsed(text), (Pairs{{"P", "1"}, {"Q", "1"}}));
  EXPECT_EQ(parsed(text, environment({{"P", "9"}})), (Pairs{{"P", "1"}, {"Q", "9"}}));
}

TEST(DotenvTest, TheLinesAboveWinOverEarlierFiles) {
  const DotenvContext context{
      {}, [](const std::string&) { return std::optional<std::string>{"earlier"}; }};

  EXPECT_EQ(parsed("P=1\nQ=$P$R\n", context), (Pairs{{"P", "1"}, {"Q", "1earlier"}}));
}

TEST(DotenvTest, SkipsBlankLinesCommentsABomAndCarriageReturns) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF# head\r\n\r\n  # more\r\nA=b\r\nC='d'\r\n"),
            (Pairs{{"A", "b"}, {"C", "d"}}));
}

TEST(DotenvTest, KeepsEveryDuplicateInOrder) {
  EXPECT_EQ(parsed("A=1\nA=2"), (Pairs{{"A", "1"}, {"A", "2"}}));
}

TEST(DotenvTest, ANameAloneTakesTheEnvironmentsValue) {
  EXPECT_EQ(parsed("A\nexport B\n", environment({{"A", "1"}, {"B", "2"}})),
            (Pairs{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(parsed("A\n"), Pairs{});
  EXPECT_EQ(problems("A\n"), std::vector<std::string>{".env:1"});
}

TEST(DotenvTest, CountsTheLinesOfValuesThatSpanSeveral) {
  const Dotenv result = parse_dotenv("A=\"x\ny\nz\"\nB=c\n", ".env", {});

  ASSERT_EQ(result.entries.size(), 2U);
  EXPECT_EQ(result.entries[0].line, 1);
  EXPECT_EQ(result.entries[1].line, 4);
}

TEST(DotenvTest, NamesTheLineOfEveryBrokenOneAndGoesOn) {
  const std::vector<std::string> broken{"=b",    "1A=b",  "A b",   "A-B=c",    "-",
                                        "A=$",   "A=${B", "A=${}", "A=${B!c}", "A=${B?no}",
                                        "A=\"b", "A='b",  "A='b'c"};
  for (const std::string& line : broken) {
    const std::string text = "X=1\n" + line + "\nY=2\n";
    EXPECT_EQ(problems(text), std::vector<std::string>{".env:2"}) << line;
    EXPECT_EQ(parsed(text), (Pairs{{"X", "1"}, {"Y", "2"}})) << line;
  }
}

TEST(DotenvTest, NamesThatOnlyComposeTakesAreWarnedOfAndHaveNoEffect) {
  for (const std::string line : {"A.B=c", "A-B = \"c\nd\"", "456 =x", "A[0]: c"}) {
    const Dotenv result = parse_dotenv("X=1\n" + line + "\nY=2\n", ".env", {});
    ASSERT_EQ(result.problems.size(), 1U) << line;
    EXPECT_EQ(result.problems[0].severity, Severity::kWarning) << line;
    EXPECT_EQ(result.entries.size(), 2U) << line;
  }
}

TEST(DotenvTest, AMandatoryVariableIsNamedWithItsText) {
  const Dotenv result = parse_dotenv("A=${PORT:?set PORT first}", ".env", {});
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_NE(result.problems[0].message.find("PORT"), std::string::npos);
  EXPECT_NE(result.problems[0].message.find("set PORT first"), std::string::npos);
}

TEST(DotenvTest, AnEmptyVariableOfTheEnvironmentIsSetUnlessTheFileSaysMore) {
  const DotenvContext context = environment({{"E", ""}});
  EXPECT_EQ(value_of("A=${E-x}", context), "");
  EXPECT_EQ(parsed("E=1\nA=${E-x}\n", context), (Pairs{{"E", "1"}, {"A", "1"}}));
}

TEST(DotenvTest, WarnsOfAReferenceToNothing) {
  const Dotenv result = parse_dotenv("P=pa$word\n", ".env", {});

  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].severity, Severity::kWarning);
  EXPECT_EQ(to_text(result.problems[0]).find("word"), std::string::npos);
  EXPECT_EQ(result.entries[0].value, "pa");
}

TEST(DotenvTest, SingleQuotesKeepAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    std::string quoted;
    std::string kept;
    for (const char c : text)
      if (c != '\\' && c != '\r') {
        quoted += c == '\'' ? std::string{"\\'"} : std::string{c};
        kept += c;
      }
    const Dotenv result = parse_dotenv("A='" + quoted + "'\nB=c", ".env", {});
    RC_ASSERT(result.problems.empty());
    RC_ASSERT(result.entries.size() == 2U);
    RC_ASSERT(result.entries[0].value == kept);
  }));
}

TEST(DotenvTest, NoTextBreaksIt) {
  EXPECT_TRUE(rc::check([](const std::vector<char>& picks) {
    constexpr std::string_view kNasty = "A=${}'\"\\#\n\r:-? b0";
    std::string text;
    for (const char pick : picks)
      text += kNasty[static_cast<unsigned char>(pick) % kNasty.size()];
    for (const Problem& problem : parse_dotenv(text, ".env", {}).problems)
      RC_ASSERT(problem.value.empty());
  }));
}

}  // namespace
}  // namespace unified::config
