#include "app/kept_meta.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/meta_keeping_port.h"
#include "support/temp_dir.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

/// Answers as it is told to; what a request does to the files is the test's to say.
class OnePort final : public jetstream::ApiPort {
 public:
  Result<std::string> request(const std::string& /*subject*/,
                              const std::string& /*payload*/,
                              std::chrono::milliseconds /*timeout*/) override {
    ++requests;
    return answer();
  }

  std::function<Result<std::string>()> answer = [] { return std::string{"{}"}; };
  int requests = 0;
};

class KeptMetaTest : public testing::Test {
 protected:
  KeptMetaTest() {
    fs::create_directories(directory_ / "jetstream/$G/streams/S/msgs");
    write_meta(stream_, "old", "sum of old");
    write_meta(consumer_, "old consumer", "sum of old consumer");
  }

  void write_meta(const std::string& folder, const std::string& config, const std::string& sum) {
    (void)directory_.write(folder + "/meta.inf", config);
    (void)directory_.write(folder + "/meta.sum", sum);
  }

  [[nodiscard]] std::string content(const std::string& folder) const {
    return directory_.read(folder + "/meta.inf") + "|" + directory_.read(folder + "/meta.sum");
  }

  [[nodiscard]] bool has_copy() const {
    return fs::exists(directory_ / "unified-meta/changing/$G/streams/S/meta.sum");
  }

  std::vector<std::string> start() { return put_torn_meta_back(directory_.path()); }

  void keep() { ASSERT_TRUE(keep_meta(directory_.path(), {"S", {}})); }

  test::TempDir directory_;
  std::string stream_ = "jetstream/$G/streams/S";
  std::string consumer_ = "jetstream/$G/streams/S/obs/C";
};

TEST_F(KeptMetaTest, WhatAnEndInTheMiddleOfAChangeLeavesIsPutBack) {
  struct Case {
    const char* config;
    const char* sum;
    const char* what;
  };
  for (const Case& torn :
       {Case{"", "sum of old", "meta.inf is empty"}, Case{"new", "", "meta.sum is empty"},
        Case{"new", "sum of old", "meta.inf is new, meta.sum is not"}}) {
    write_meta(stream_, "old", "sum of old");
    keep();
    write_meta(stream_, torn.config, torn.sum);

    const auto lines = start();

    ASSERT_EQ(lines.size(), 1U) << torn.what;
    EXPECT_NE(lines[0].find(torn.what), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find(stream_), std::string::npos) << lines[0];
    EXPECT_EQ(content(stream_), "old|sum of old") << torn.what;
    EXPECT_FALSE(has_copy()) << torn.what;
  }
}

TEST_F(KeptMetaTest, AChangeThatWasCarriedOutOrNotBegunStays) {
  keep();
  EXPECT_TRUE(start().empty());
  EXPECT_EQ(content(stream_), "old|sum of old");
  EXPECT_FALSE(has_copy());

  keep();
  write_meta(stream_, "new", "sum of new");
  EXPECT_TRUE(start().empty());
  EXPECT_EQ(content(stream_), "new|sum of new");
  EXPECT_FALSE(has_copy());
}

/// A configuration of before somebody else's change could have other limits, and nats-server would
/// delete what exceeds them.
TEST_F(KeptMetaTest, WhatWasCutOffInSomebodyElsesLaterChangeIsNotGivenAnEvenOlderOne) {
  keep();
  write_meta(stream_, "new", "sum of new");
  drop_kept_meta(directory_.path(), {"S", {}});
  write_meta(stream_, "somebody else's", "");

  EXPECT_TRUE(start().empty());
  EXPECT_EQ(content(stream_), "somebody else's|");
}

TEST_F(KeptMetaTest, AConsumersFilesAreKeptLikeThoseOfItsStream) {
  ASSERT_TRUE(keep_meta(directory_.path(), {"S", "C"}));
  write_meta(consumer_, "new", "");

  ASSERT_EQ(start().size(), 1U);

  EXPECT_EQ(content(consumer_), "old consumer|sum of old consumer");
  EXPECT_EQ(content(stream_), "old|sum of old");
}

TEST_F(KeptMetaTest, WhatIsNotWholeIsNoCopyAndWhatIsGoneIsNotMadeAgain) {
  write_meta(stream_, "half", "");
  keep();
  EXPECT_FALSE(has_copy());

  write_meta(stream_, "old", "sum of old");
  keep();
  fs::remove_all(directory_ / stream_);
  EXPECT_TRUE(start().empty());
  EXPECT_FALSE(fs::exists(directory_ / stream_));
}

TEST_F(KeptMetaTest, AStoreWithoutTheStreamOrWithoutAnyIsNoError) {
  EXPECT_TRUE(keep_meta(directory_.path(), {"OTHER", {}}));
  EXPECT_TRUE(keep_meta(directory_ / "nowhere", {"S", {}}));
  EXPECT_TRUE(put_torn_meta_back(directory_ / "nowhere").empty());
}

TEST_F(KeptMetaTest, TheCopyIsThereFromTheRequestToItsAnswer) {
  OnePort port;
  MetaKeepingPort keeping{port, directory_.path()};
  bool was_there = false;
  port.answer = [&] {
    was_there = has_copy();
    write_meta(stream_, "new", "sum of new");
    return std::string{"{}"};
  };

  ASSERT_TRUE(keeping.request("$JS.API.STREAM.UPDATE.S", "{}", {}));

  EXPECT_TRUE(was_there);
  EXPECT_FALSE(fs::exists(directory_ / "unified-meta/changing"));
}

TEST_F(KeptMetaTest, WithoutAnAnswerAndAfterOneThatLeftItTornTheCopyStays) {
  OnePort port;
  MetaKeepingPort keeping{port, directory_.path()};
  port.answer = [] { return Error{"timeout"}; };
  EXPECT_FALSE(keeping.request("$JS.API.STREAM.UPDATE.S", "{}", {}));
  EXPECT_TRUE(has_copy());

  port.answer = [&] {  // no space left on device
    write_meta(stream_, "", "sum of old");
    return std::string{R"({"error":{"code":500}})"};
  };
  EXPECT_TRUE(keeping.request("$JS.API.STREAM.UPDATE.S", "{}", {}));
  EXPECT_TRUE(has_copy());
}

/// Answered with an error, it is asked for once more.
TEST_F(KeptMetaTest, WhileTheFilesAreTornTheCopyOfBeforeStaysTheOne) {
  keep();
  write_meta(stream_, "new", "sum of old");
  keep();
  keep();

  ASSERT_EQ(start().size(), 1U);
  EXPECT_EQ(content(stream_), "old|sum of old");
}

TEST_F(KeptMetaTest, ACopyOfLongBeforeIsNotPutBack) {
  keep();
  const fs::path copy = directory_ / "unified-meta/changing/$G/streams/S/meta.sum";
  fs::last_write_time(copy, fs::last_write_time(copy) - std::chrono::hours{1});
  write_meta(stream_, "somebody else's", "");

  const auto lines = start();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("nothing was put back"), std::string::npos) << lines[0];
  EXPECT_EQ(content(stream_), "somebody else's|");
  EXPECT_TRUE(has_copy()) << "for a person";
}

TEST_F(KeptMetaTest, AMissingFileIsNoChangeThatWasCutOff) {
  keep();
  fs::remove(directory_ / (stream_ + "/meta.sum"));
  EXPECT_TRUE(start().empty());
  EXPECT_FALSE(fs::exists(directory_ / (stream_ + "/meta.sum")));
}

TEST_F(KeptMetaTest, WhatCanNotBeCopiedIsNotChanged) {
  OnePort port;
  MetaKeepingPort keeping{port, directory_.path()};
  (void)directory_.write("unified-meta", "no folder");

  const auto answer = keeping.request("$JS.API.STREAM.UPDATE.S", "{}", {});

  ASSERT_TRUE(answer);
  EXPECT_NE(answer->find("\"error\""), std::string::npos) << *answer;
  EXPECT_NE(answer->find("unified-meta"), std::string::npos) << *answer;
  EXPECT_EQ(port.requests, 0);

  std::vector<std::string> answers(3);
  keeping.request_all({{"$JS.API.STREAM.INFO.S", ""},
                       {"$JS.API.STREAM.UPDATE.S", "{}"},
                       {"$JS.API.STREAM.INFO.S", ""}},
                      {}, [&](std::size_t index, Result<std::string> said) {
                        answers.at(index) = said->substr(0, 8);
                      });
  EXPECT_EQ(answers, (std::vector<std::string>{"{}", "{\"error\"", "{}"}));
}

}  // namespace
}  // namespace unified::app
