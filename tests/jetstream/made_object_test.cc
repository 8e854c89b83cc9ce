#include "jetstream/made_object.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

TEST(MadeObjectTest, IsWhatARequestMakesOrChanges) {
  const MadeObject stream{.stream = "S", .consumer = {}};
  const MadeObject consumer{.stream = "S", .consumer = "C"};
  EXPECT_EQ(made_by("$JS.API.STREAM.CREATE.S"), stream);
  EXPECT_EQ(made_by("$JS.API.STREAM.UPDATE.S"), stream);
  EXPECT_EQ(made_by("$JS.API.CONSUMER.DURABLE.CREATE.S.C"), consumer);
  EXPECT_EQ(made_by("$JS.API.CONSUMER.CREATE.S.C"), consumer);
  EXPECT_EQ(made_by("$JS.API.CONSUMER.CREATE.S.C.orders.*.new"), consumer);
}

TEST(MadeObjectTest, IsNothingForOtherRequests) {
  for (const char* subject :
       {"$JS.API.STREAM.INFO.S", "$JS.API.STREAM.DELETE.S", "$JS.API.STREAM.NAMES", "$JS.API.INFO",
        "$JS.API.CONSUMER.INFO.S.C", "$JS.API.CONSUMER.CREATE.S", "STREAM.CREATE.S", "orders.new"})
    EXPECT_FALSE(made_by(subject)) << subject;
}

}  // namespace
}  // namespace unified::jetstream
