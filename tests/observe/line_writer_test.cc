#include "observe/line_writer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/wait_until.h"

namespace unified::observe {
namespace {

using namespace std::chrono_literals;

class Collected : public LogFile {
 public:
  bool append(std::string_view lines) override {
    pieces_.emplace_back(lines);
    return works_;
  }
  [[nodiscard]] std::string problem() const override { return {}; }
  void reopen() override {}
  void fail() { works_ = false; }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& piece : pieces_)
      all += piece;
    return all;
  }

 private:
  std::vector<std::string> pieces_;
  bool works_ = true;
};

/// stdout is a pipe that nobody reads but us, as long as the test lasts.
class LineWriterTest : public testing::Test {
 protected:
  LineWriterTest() : before_(::dup(STDOUT_FILENO)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    reader_ = ends[0];
    (void)std::fflush(stdout);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[1]);
  }
  ~LineWriterTest() override {
    ::dup2(before_, STDOUT_FILENO);
    ::close(before_);
    ::close(reader_);
  }

  [[nodiscard]] std::string read_some() const {
    std::string text(std::size_t{1} << 16, '\0');
    const ssize_t count = ::read(reader_, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

  int before_;
  int reader_ = -1;
  std::shared_ptr<Collected> file_ = std::make_shared<Collected>();
};

TEST_F(LineWriterTest, WritesInOrderAndOnlyTheServersLinesToTheFile) {
  LineWriter writer{file_};
  writer.post("ours\n", false);
  writer.post("server 1\n", true);
  writer.post("server 2\n", true);
  ASSERT_TRUE(writer.drain(5s));
  EXPECT_EQ(read_some(), "ours\nserver 1\nserver 2\n");
  EXPECT_EQ(file_->text(), "server 1\nserver 2\n");
  EXPECT_EQ(writer.lost(), 0U);
}

TEST_F(LineWriterTest, AStalledReaderLosesTheOldestWholeLinesAndEachIsCounted) {
  constexpr int kLines = 50'000;
  std::string read;
  {
    LineWriter writer{nullptr};
    for (int i = 0; i < kLines; ++i)
      writer.post(std::to_string(i) + std::string(94, '.') + "\n", false);
    EXPECT_FALSE(writer.drain(50ms));
    EXPECT_GT(writer.lost(), 0U);
    EXPECT_TRUE(test::wait_until(10s, [&] {
      read += read_some();
      return read.find(std::to_string(kLines - 1) + ".") != std::string::npos;
    }));
    ASSERT_TRUE(writer.drain(5s));
    const auto out = static_cast<std::uint64_t>(std::ranges::count(read, '\n'));
    EXPECT_EQ(out + writer.lost(), static_cast<std::uint64_t>(kLines));
  }
  EXPECT_TRUE(read.starts_with("0."));
}

TEST_F(LineWriterTest, LinesThatCanNotGetOutAreCounted) {
  file_->fail();
  LineWriter writer{file_};
  writer.post("one\n", true);
  writer.post("two\n", true);
  ASSERT_TRUE(writer.drain(5s));
  EXPECT_EQ(writer.lost(), 2U);
}

TEST_F(LineWriterTest, EndsThoughNobodyReads) {
  constexpr int kLines = 1000;
  {
    LineWriter writer{nullptr};
    for (int i = 0; i < kLines; ++i)
      writer.post(std::string(199, 'x') + "\n", false);
  }
  // Its thread is still there: it wants this pipe.
  std::string read;
  EXPECT_TRUE(test::wait_until(10s, [&] {
    read += read_some();
    return read.size() == std::size_t{200} * kLines;
  }));
}

}  // namespace
}  // namespace unified::observe
