#include "supervise/recovery.h"

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

RestoringStreams two_streams() {
  return {{"$G > A", {.bytes = 300, .begun = false, .restored = false}},
          {"$G > B", {.bytes = 700, .begun = false, .restored = false}}};
}

TEST(RecoveryTest, UnderstandsTheLinesOfEveryVersion) {
  RestoringStreams streams = two_streams();
  EXPECT_TRUE(note_restore_line(streams, "  Starting restore for stream '$G > A'"));
  EXPECT_TRUE(streams.at("$G > A").begun);
  EXPECT_TRUE(note_restore_line(streams, "  Restored 300,000 messages for stream '$G > A'"));
  EXPECT_TRUE(streams.at("$G > A").restored);
  EXPECT_TRUE(note_restore_line(streams, "  Restored 1,000 messages for stream '$G > B' in 29ms"));
  EXPECT_TRUE(streams.at("$G > B").restored);
  EXPECT_TRUE(note_restore_line(streams, "  Restored 0 messages for stream 'APP > new' in 1.068s"));
  EXPECT_EQ(streams.size(), 3U);
}

TEST(RecoveryTest, LeavesOtherLinesAlone) {
  RestoringStreams streams;
  EXPECT_FALSE(note_restore_line(streams, "Server is ready"));
  EXPECT_FALSE(note_restore_line(streams, "  Recovering 3 consumers for stream - '$G > A'"));
  EXPECT_FALSE(note_restore_line(streams, "x Starting restore for stream 'A'"));
  EXPECT_TRUE(streams.empty());
}

TEST(RecoveryTest, WeighsByBytes) {
  RestoringStreams streams = two_streams();
  streams.at("$G > A").restored = true;
  const RecoveryProgress progress = recovery_progress(streams, std::nullopt, 30s);
  EXPECT_EQ(progress.percent, 30);
  EXPECT_EQ(progress.eta, 70s);
  EXPECT_EQ(progress.describe(), "restored 1 of 2 streams, 30 %, about 1m10s");
}

TEST(RecoveryTest, CountsWhatWasReadOfStreamsUnderWay) {
  RestoringStreams streams = two_streams();
  streams.at("$G > A").restored = true;
  streams.at("$G > B").begun = true;
  EXPECT_EQ(recovery_progress(streams, 650, 10s).percent, 65);
  EXPECT_EQ(recovery_progress(streams, 100, 10s).percent, 30) << "an index spared the reading";
  EXPECT_EQ(recovery_progress(streams, 1 << 30, 10s).percent, 99) << "read is not restored";
}

TEST(RecoveryTest, DoesNotPromiseATimeTooEarly) {
  RestoringStreams streams = two_streams();
  streams.at("$G > A").restored = true;
  EXPECT_FALSE(recovery_progress(streams, std::nullopt, 1999ms).eta);
  EXPECT_TRUE(recovery_progress(streams, std::nullopt, 2s).eta);
  streams.at("$G > A").bytes = 36;  // 4.9 %
  EXPECT_FALSE(recovery_progress(streams, std::nullopt, 60s).eta);
}

TEST(RecoveryTest, WithoutSizesItOnlyCounts) {
  RestoringStreams streams;
  (void)note_restore_line(streams, "Starting restore for stream '$G > A'");
  const RecoveryProgress progress = recovery_progress(streams, 5000, 30s);
  EXPECT_EQ(progress.percent, std::nullopt);
  EXPECT_EQ(progress.describe(), "restored 0 of 1 stream");
}

TEST(RecoveryTest, TheEndNeedsNoTime) {
  RestoringStreams streams = two_streams();
  for (auto& [name, stream] : streams)
    stream.restored = true;
  const RecoveryProgress progress = recovery_progress(streams, 2000, 30s);
  EXPECT_EQ(progress.percent, 100);
  EXPECT_FALSE(progress.eta);
}

}  // namespace
}  // namespace unified::supervise
