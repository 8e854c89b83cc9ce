#include "app/line_splitter.h"

#include <vector>

#include <gtest/gtest.h>

namespace unified::app {
namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& chunks) {
  std::vector<std::string> lines;
  const auto sink = [&lines](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter;
  for (const std::string& chunk : chunks)
    splitter.feed(chunk, sink);
  splitter.finish(sink);
  return lines;
}

TEST(LineSplitterTest, JoinsAcrossChunksAndKeepsEmptyLines) {
  EXPECT_EQ(lines_of({"a", "b\n\nc", "\n"}), (std::vector<std::string>{"ab", "", "c"}));
}

TEST(LineSplitterTest, HandsOutALastLineWithoutANewline) {
  EXPECT_EQ(lines_of({"a\nrest"}), (std::vector<std::string>{"a", "rest"}));
}

TEST(LineSplitterTest, CutsAnEndlessLineOnceAndGoesOnAfterIt) {
  const std::string endless(40'000, 'x');

  const auto lines = lines_of({endless, endless, "tail\nnext\n"});

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), 16U * 1024);
  EXPECT_EQ(lines[1], "next");
}

}  // namespace
}  // namespace unified::app
