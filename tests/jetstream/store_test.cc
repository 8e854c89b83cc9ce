#include "jetstream/store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

class StoreTest : public testing::Test {
 protected:
  static StoredStream stored(const std::string& name,
                             std::int64_t max_bytes = -1,
                             bool encrypted = false) {
    StoredStream stream{.account = "$G",
                        .name = name,
                        .folder = "/s/" + name,
                        .encrypted = encrypted,
                        .bytes = 0,
                        .config = nullptr};
    if (!encrypted)
      stream.config = {
          {"name", name}, {"subjects", {"a.>"}}, {"max_bytes", max_bytes}, {"storage", "file"}};
    return stream;
  }
  static StreamSpec declared(const std::string& name, std::int64_t max_bytes = -1) {
    return {.name = name,
            .config = {{"subjects", {"a.>"}}, {"max_bytes", max_bytes}},
            .origin = "streams.yaml:3"};
  }

  void remember(const std::string& fingerprint = {}) {
    marker = StoreMarker{.format = 1,
                         .server_version = "2.10.27",
                         .encrypted = !fingerprint.empty(),
                         .key_fingerprint = fingerprint,
                         .max_memory = 0,
                         .max_file = 0,
                         .streams = {{.name = "M",
                                      .subjects = {"a.>"},
                                      .storage = "file",
                                      .max_bytes = 500,
                                      .num_replicas = 1}}};
  }

  void expect_error(const std::vector<std::string>& parts) {
    const auto report = preflight(disk, marker, wanted);
    ASSERT_EQ(report.errors.size(), 1U);
    for (const std::string& part : parts)
      EXPECT_NE(report.errors[0].find(part), std::string::npos) << part << "\n" << report.errors[0];
  }
  void expect_fine() {
    const auto report = preflight(disk, marker, wanted);
    EXPECT_TRUE(report.errors.empty()) << report.errors[0];
    EXPECT_TRUE(report.warnings.empty()) << report.warnings[0];
  }

  StoreFacts disk{.path = "/data/jetstream", .streams = {stored("M")}, .elsewhere = {}};
  std::optional<StoreMarker> marker;
  Wanted wanted{.version = {2, 10, 27},
                .key_fingerprint = {},
                .max_memory = 1000,
                .max_file = 1000,
                .streams = {declared("M")},
                .allowed = {}};
};

TEST_F(StoreTest, NothingToComplainAbout) {
  expect_fine();
  remember();
  expect_fine();
}

TEST_F(StoreTest, AStreamWhoseFilesAreGoneIsAWarningWhileItIsDeclared) {
  remember();
  disk.streams.clear();

  const auto report = preflight(disk, marker, wanted);

  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("stream M was in /data/jetstream"), std::string::npos)
      << report.warnings[0];
  wanted.streams.clear();
  expect_fine();
}

TEST_F(StoreTest, AStreamThatIsBeingMigratedOrWentIntoMemoryIsNotSaidToBeDeleted) {
  remember();
  disk.streams.clear();
  disk.migrating = {{"M", "/data/jetstream/unified-migration/stream-M"}};
  expect_fine();
  wanted.clustered = true;
  expect_error({"stream M was being migrated", "stream-M", "NATS_CLUSTER_ENABLED"});
  wanted.clustered = false;

  disk.migrating.clear();
  wanted.streams[0].config["storage"] = "memory";
  disk.saved = {"M"};
  const auto report = preflight(disk, marker, wanted);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("/data/jetstream/unified-migration"), std::string::npos)
      << report.warnings[0];
}

TEST_F(StoreTest, KeyGone) {
  disk.streams = {stored("M", -1, true)};
  remember("k1");
  expect_error({"JETSTREAM_ENCRYPTION_KEY is not set", "1 stream(s)", "(M)", "/data/jetstream"});
  marker.reset();
  expect_error({"JETSTREAM_ENCRYPTION_KEY is not set"});
}

TEST_F(StoreTest, KeyChanged) {
  disk.streams = {stored("M", -1, true)};
  remember("k1");
  wanted.key_fingerprint = "k2";
  expect_error({"is not the key", "former key"});
  wanted.key_fingerprint = "k1";
  expect_fine();
}

TEST_F(StoreTest, KeyAddedNeedsPermission) {
  wanted.key_fingerprint = "k1";
  expect_error({"encrypts them in place", "RECONCILE_ALLOW=irreversible"});
  wanted.allowed.irreversible = true;
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  EXPECT_EQ(report.warnings.size(), 1U);
}

TEST_F(StoreTest, KeyOnAnEmptyStoreIsFine) {
  disk.streams.clear();
  wanted.key_fingerprint = "k1";
  expect_fine();
}

TEST_F(StoreTest, FileLimitBelowWhatIsReserved) {
  disk.streams = {stored("M", 800), stored("OTHER", 300)};
  disk.streams[1].config["subjects"] = {"o"};
  expect_error({"JETSTREAM_MAX_FILE=1000", "1100 bytes", "M 800, OTHER 300", "would not load",
                "at least 1100"});
}

TEST_F(StoreTest, FileLimitBelowWhatIsDeclared) {
  wanted.streams = {declared("M", 1001)};
  expect_error({"JETSTREAM_MAX_FILE=1000", "1001 bytes", "refuse the declared size"});
}

TEST_F(StoreTest, LoweredTogetherTheStoredLimitCounts) {
  disk.streams = {stored("M", 2000)};
  wanted.streams = {declared("M", 900)};
  expect_error({"2000 bytes"});
}

TEST_F(StoreTest, EncryptedStreamsCountByTheMarker) {
  disk.streams = {stored("M", -1, true)};
  remember("k1");
  wanted.key_fingerprint = "k1";
  wanted.max_file = 499;
  expect_error({"500 bytes"});
}

TEST_F(StoreTest, MemoryLimit) {
  disk.streams.clear();
  wanted.streams[0].config["storage"] = "memory";
  wanted.streams[0].config["max_bytes"] = 1001;
  expect_error({"JETSTREAM_MAX_MEMORY=1000"});
}

TEST_F(StoreTest, LimitThatTheServerChoosesIsNotChecked) {
  disk.streams = {stored("M", 800)};
  wanted.max_file = -1;
  expect_fine();
}

TEST_F(StoreTest, MoreStoredThanMayBeIsAWarning) {
  disk.streams[0].bytes = 5000;
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("10023"), std::string::npos);
}

TEST_F(StoreTest, RenamedStream) {
  remember();
  wanted.streams = {declared("NEW")};
  expect_error({"NEW", "Set STREAM_NAME=M again", "a.>", "10065"});
}

TEST_F(StoreTest, StreamOfSomebodyElseInTheWayIsAWarning) {
  wanted.streams = {declared("NEW")};
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  EXPECT_EQ(report.warnings.size(), 1U);
}

TEST_F(StoreTest, StoreMoved) {
  disk.streams.clear();
  disk.elsewhere = {{.path = "/old", .streams = 2, .bytes = 2048}};
  expect_error({"/data/jetstream holds no stream", "/old holds 2 streams (2.0 KiB)",
                "Set JETSTREAM_STORE_DIR=/old"});
  disk.streams = {stored("M")};
  expect_fine();
}

TEST_F(StoreTest, AStoreALevelTooDeepIsRefusedWithAMoveThatMoves) {
  disk.streams.clear();
  disk.elsewhere = {{.path = "/data/jetstream/jetstream", .streams = 1, .bytes = 2048}};
  expect_error({"mv /data/jetstream/jetstream/jetstream/* /data/jetstream/jetstream/)"});
}

TEST_F(StoreTest, StreamsThatTheServerWillMoveAreAWarningOncePerAccount) {
  disk.streams = {stored("M"), stored("N")};
  for (StoredStream& stream : disk.streams)
    stream.folder = "/data/jetstream/$G/streams/" + stream.name;
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("/data/jetstream/$G to /data/jetstream/jetstream/$G"),
            std::string::npos);
}

TEST_F(StoreTest, AStoreThatWasEmptiedIsAWarning) {
  disk.streams.clear();
  disk.emptied = true;
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("empty now"), std::string::npos) << report.warnings[0];
}

TEST_F(StoreTest, AClusterOverAStandaloneStoreIsRefused) {
  wanted.clustered = true;
  expect_error({"NATS_CLUSTER_ENABLED=true", "standalone server", "M"});
}

TEST_F(StoreTest, AClusterGoesOnWithItsOwnStore) {
  wanted.clustered = true;
  disk.cluster_state = true;
  expect_fine();  // a store of the old stack has no marker
  remember();
  expect_fine();  // markers of before do not say
  marker->clustered = true;
  expect_fine();
}

TEST_F(StoreTest, AClusterThatWasOffForAWhileIsRefusedAlthoughItsMetaGroupIsStillThere) {
  wanted.clustered = true;
  disk.cluster_state = true;
  remember();
  marker->clustered = false;
  expect_error({"NATS_CLUSTER_ENABLED=true", "M"});
}

TEST_F(StoreTest, OlderServerIsAWarning) {
  remember();
  wanted.version = {2, 9, 10};
  const auto report = preflight(disk, marker, wanted);
  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("2.9.10 is older than the 2.10.27"), std::string::npos);
}

TEST_F(StoreTest, MarkerReadsBack) {
  wanted.key_fingerprint = "k1";
  const StoreMarker made = make_marker(wanted, {});
  const auto read = parse_marker(to_text(made));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_text(*read), to_text(made));
  EXPECT_TRUE(read->encrypted);
  EXPECT_EQ(read->streams[0].subjects, std::vector<std::string>{"a.>"});
}

TEST_F(StoreTest, BrokenMarkersAreErrors) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"format":2})", R"({"format":"x"})",
        R"({"format":1,"streams":[1]})", R"({"format":1,"streams":[{"name":5}]})"})
    EXPECT_FALSE(parse_marker(text).ok()) << text;
}

TEST_F(StoreTest, AStreamThatWasNeverFinishedIsNamedWithItsFolder) {
  disk.streams.push_back(stored("CUT_OFF"));
  disk.streams.back().half_made = "meta.inf is empty";

  const auto report = preflight(disk, marker, wanted);

  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("/s/CUT_OFF"), std::string::npos) << report.warnings[0];
  EXPECT_NE(report.warnings[0].find("meta.inf is empty"), std::string::npos) << report.warnings[0];
}

TEST_F(StoreTest, NobodyIsToldToCreateAStreamAnewWhoseMessagesAreThere) {
  disk.streams.push_back(stored("TORN"));
  disk.streams.back().half_made = "meta.inf is empty";
  disk.streams.back().holds_messages = true;

  const auto report = preflight(disk, marker, wanted);

  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("/s/TORN holds messages"), std::string::npos)
      << report.warnings[0];
  EXPECT_EQ(report.warnings[0].find("create the stream again"), std::string::npos);
}

TEST_F(StoreTest, AnEncryptedStoreOfBefore210IsOpenedOnlyByServersThatKeepItsKeys) {
  struct Row {
    const char* marker;  ///< nullptr: none
    ServerVersion wanted;
    bool refused;
  };
  const std::vector<Row> rows{
      {"2.9.10", {2, 9, 25}, false},   {"2.9.10", {2, 10, 0}, true},
      {"2.9.10", {2, 10, 27}, true},   {"2.9.10", {2, 11, 0}, true},
      {"2.9.10", {2, 11, 11}, true},   {"2.9.10", {2, 12, 0}, false},
      {"2.9.10", {2, 14, 6}, false},   {"2.9.10", {2, 15, 1}, false},
      {"2.9.25", {2, 10, 27}, true},   {"2.10.0", {2, 10, 27}, false},
      {"2.10.27", {2, 11, 11}, false}, {"2.12.0", {2, 10, 27}, false},
      {"2.15.1", {2, 10, 27}, false},  {"", {2, 10, 27}, true},
      {nullptr, {2, 9, 10}, false},    {nullptr, {2, 10, 27}, true},
      {nullptr, {2, 11, 11}, true},    {nullptr, {2, 12, 0}, false},
  };
  disk.streams = {stored("M", -1, true)};
  wanted.key_fingerprint = "f";
  for (const Row& row : rows) {
    SCOPED_TRACE(fmt::format("{} by {}", row.marker == nullptr ? "no marker" : row.marker,
                             to_text(row.wanted)));
    wanted.version = row.wanted;
    marker.reset();
    if (row.marker != nullptr) {
      remember("f");
      marker->server_version = row.marker;
    }
    wanted.copy_meta = false;
    const auto report = preflight(disk, marker, wanted);
    EXPECT_EQ(report.errors.size(), row.refused ? 1U : 0U);
    EXPECT_FALSE(report.copy_meta);
    wanted.copy_meta = true;
    const auto copying = preflight(disk, marker, wanted);
    EXPECT_TRUE(copying.errors.empty());
    EXPECT_EQ(copying.copy_meta, row.refused);
  }
}

TEST_F(StoreTest, AStoreThatIsNotEncryptedIsOpenedByEveryServer) {
  remember();
  marker->server_version = "2.9.10";
  expect_fine();
}

TEST_F(StoreTest, AnEncryptedStreamOfAnotherAccountIsEnoughToRefuse) {
  disk.streams.push_back(stored("X", -1, true));
  disk.streams.back().account = "OTHER";
  remember("f");
  marker->server_version = "2.9.10";
  wanted.key_fingerprint = "f";
  expect_error({"JETSTREAM_UPGRADE_COPY_META", "2.12", "2.9.10", "2.10.27"});
}

}  // namespace
}  // namespace unified::jetstream
