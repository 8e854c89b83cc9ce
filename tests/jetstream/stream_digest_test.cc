#include "jetstream/stream_digest.h"

#include <gtest/gtest.h>

#include "jetstream/message_answer.h"

namespace unified::jetstream {
namespace {

StreamDigest digest_of(const std::vector<StoredRecord>& records) {
  DigestBuilder builder;
  for (const StoredRecord& record : records)
    builder.add(record);
  return builder.digest();
}

const StoredRecord kOne{
    .sequence = 4, .subject = "a.b", .headers = {{"K", "v"}}, .payload = "hello", .time_ns = 1};

TEST(StreamDigestTest, EveryPartOfAMessageCounts) {
  const StreamDigest original = digest_of({kOne});
  EXPECT_EQ(digest_of({kOne}), original);
  for (const auto change : {+[](StoredRecord& record) { ++record.sequence; },
                            +[](StoredRecord& record) { record.subject = "a.c"; },
                            +[](StoredRecord& record) { record.headers[0].second = "w"; },
                            +[](StoredRecord& record) { record.headers.clear(); },
                            +[](StoredRecord& record) { record.payload = "hallo"; },
                            +[](StoredRecord& record) { record.payload += '\0'; }}) {
    StoredRecord other = kOne;
    change(other);
    EXPECT_NE(digest_of({other}).content, original.content);
  }
  StoredRecord later = kOne;
  later.time_ns = 2;
  EXPECT_EQ(digest_of({later}).content, original.content);
  EXPECT_NE(digest_of({later}).times, original.times);
}

TEST(StreamDigestTest, OrderAndNumberCount) {
  StoredRecord two = kOne;
  two.sequence = 5;
  EXPECT_NE(digest_of({kOne, two}), digest_of({two, kOne}));
  EXPECT_NE(digest_of({kOne}), digest_of({kOne, two}));
  EXPECT_EQ(digest_from(to_json(digest_of({kOne}))), digest_of({kOne}));
}

TEST(MessageAnswerTest, ReadsWhatTheServerSends) {
  const auto found = parse_message(
      R"({"message":{"subject":"a.b","seq":4,"data":"aGVsbG8=",
          "hdrs":"TkFUUy8xLjANCksyOiB4DQpLMTp2DQoNCg==","time":"1970-01-01T00:00:00.000000001Z"}})");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->sequence, 4U);
  EXPECT_EQ((*found)->payload, "hello");
  EXPECT_EQ((*found)->time_ns, 1);
  const std::vector<std::pair<std::string, std::string>> headers{{"K1", "v"}, {"K2", "x"}};
  EXPECT_EQ((*found)->headers, headers);
}

TEST(MessageAnswerTest, ADeletedMessageIsNoError) {
  const auto none =
      parse_message(R"({"error":{"code":404,"err_code":10037,"description":"no message found"}})");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_FALSE(parse_message(R"({"error":{"code":404,"err_code":10059,"description":"x"}})"));
  EXPECT_FALSE(parse_message("{}"));
  EXPECT_FALSE(parse_message(R"({"message":{"seq":1,"data":"!","time":"1970-01-01T00:00:01Z"}})"));
}

}  // namespace
}  // namespace unified::jetstream
