#include "base/parse.h"

#include <rapidcheck.h>

#include <limits>

#include <gtest/gtest.h>

namespace unified {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(ParseTest, Bools) {
  for (const char* text : {"true", "TRUE", "1", "yes", "On"})
    EXPECT_EQ(parse_bool(text), true) << text;
  for (const char* text : {"false", "False", "0", "NO", "off"})
    EXPECT_EQ(parse_bool(text), false) << text;
  for (const char* text : {"", "ture", "2", "y", " true", "true "})
    EXPECT_EQ(parse_bool(text), std::nullopt) << text;
}

TEST(ParseTest, Ints) {
  EXPECT_EQ(parse_int("-1"), -1);
  EXPECT_EQ(parse_int("9223372036854775807"), kMax);
  for (const char* text :
       {"", "9223372036854775808", "1.0", "+1", " 1", "1 ", "0x10", "1e3", "one"})
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
}

TEST(ParseTest, SizesAsNatsServerReadsThem) {
  const std::vector<std::pair<std::string, std::int64_t>> table{{"0", 0},
                                                                {"1073741824", 1LL << 30},
                                                                {"1K", 1000},
                                                                {"1k", 1000},
                                                                {"1KB", 1024},
                                                                {"1KiB", 1024},
                                                                {"1Ki", 1024},
                                                                {"64K", 64000},
                                                                {"512MB", 512LL << 20},
                                                                {"2G", 2'000'000'000},
                                                                {"1gib", 1LL << 30},
                                                                {"3T", 3'000'000'000'000},
                                                                {"1PB", 1LL << 50},
                                                                {"7EB", 7LL << 60}};
  for (const auto& [text, bytes] : table)
    EXPECT_EQ(parse_size(text), bytes) << text;
  for (const char* text : {"", "B", "1B", "1XB", "1.5GB", "1 GB", "-1", "+1", "8EB",
                           "9223372036854775808", "1KBB", "1KK"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(ParseTest, SizesAsDockerWritesThem) {
  EXPECT_EQ(parse_docker_size("50m"), 50LL << 20);
  EXPECT_EQ(parse_docker_size("1g"), 1LL << 30);
  EXPECT_EQ(parse_docker_size("10kB"), 10LL << 10);
  EXPECT_EQ(parse_docker_size("7"), 7);
  for (const char* text : {"", "m", "50x", "5.5m", "-1m", "9e"})
    EXPECT_EQ(parse_docker_size(text), std::nullopt) << text;
}

TEST(ParseTest, Durations) {
  const std::vector<std::pair<std::string, std::chrono::nanoseconds>> table{
      {"0", 0s},       {"7200", 2h},     {"90s", 90s},   {"1h30m", 90min}, {"7d", 168h},
      {"1.5h", 90min}, {"250ms", 250ms}, {"10us", 10us}, {"10µs", 10us},   {"5ns", 5ns}};
  for (const auto& [text, value] : table)
    EXPECT_EQ(parse_duration(text), value) << text;
  for (const char* text :
       {"", "s", "-1", "-1s", "1 s", "1x", "1.", "h1", "1h30", "300y", "9223372037", "110000d"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(ParseTest, AFormattedDurationReadsBackAsItself) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_TRUE(rc::check([] {
    const auto value = std::chrono::nanoseconds{
        *rc::gen::inRange<std::int64_t>(1'000'000'000, 1'000'000'000'000'000)};
    RC_ASSERT(parse_duration(format_duration(value)) == value);
  }));
}

TEST(ParseTest, BytesForPeople) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(1LL << 30), "1.0 GiB");
  EXPECT_EQ(format_bytes(kMax), "8.0 EiB");
}

TEST(ParseTest, ListsAreTrimmedAndHaveNoEmptyParts) {
  EXPECT_EQ(split_list(" a , b,,c "), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(split_list(" , ").empty());
  EXPECT_EQ(split_list("a|b", '|'), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(trim("\t a b\r\n"), "a b");
}

TEST(ParseTest, KnowsWellFormedUtf8) {
  for (const char* text : {"", "a", "\xC3\xA9", "\xE4\xBD\xA0", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
                           "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x80\x80\x80", "a\xFFz"})
    EXPECT_FALSE(is_utf8(text));
}

TEST(ParseTest, ADurationOfWholeNumbersIsExactUpToTheLongest) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();
  for (const char* text : {"9223372036854775807ns", "2562047h47m16.854775807s"})
    EXPECT_EQ(parse_duration(text), std::chrono::nanoseconds{kLongest}) << text;
  EXPECT_EQ(parse_duration("9007199254740993ns"), std::chrono::nanoseconds{9007199254740993});
  for (const char* text : {"9223372036854775808ns", "2562047h47m16.854775808s", ".s", "1.2.3s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(ParseTest, UnsignedNumbersGoUpTo64Bits) {
  EXPECT_EQ(parse_unsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_unsigned("0"), 0U);
  for (const char* text : {"", "-1", "+1", "18446744073709551616", "1x"})
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
}

}  // namespace
}  // namespace unified
