// What `export` prints of a server is a manifest with which `plan` finds nothing to do.
#include <fstream>

#include <gtest/gtest.h>

#include "jetstream/manifest.h"
#include "support/bare_server.h"
#include "support/entrypoint.h"
#include "support/nats_client.h"

namespace unified::test {
namespace {

using nlohmann::json;

constexpr std::int64_t kSecond = 1'000'000'000;

class ExportTest : public ServerTest {
 protected:
  [[nodiscard]] bool knows(ServerVersion since) const { return server().version >= since; }

  void make_stream(NatsClient& client, const std::string& name, json config) const {
    config["name"] = name;
    client.api_ok("STREAM.CREATE." + name, config);
  }

  static void make_consumer(NatsClient& client,
                            const std::string& stream,
                            const std::string& name,
                            json config) {
    config["durable_name"] = name;
    client.api_ok("CONSUMER.DURABLE.CREATE." + stream + "." + name,
                  {{"stream_name", stream}, {"config", config}});
  }

  /// As `nats kv add` and `nats object add` ask for them.
  void make_buckets(NatsClient& client) const {
    const json kv{{"subjects", {"$KV.settings.>"}},
                  {"max_msgs_per_subject", 5},
                  {"max_age", 3600 * kSecond},
                  {"discard", "new"},
                  {"allow_rollup_hdrs", true},
                  {"deny_delete", true},
                  {"allow_direct", true},
                  {"duplicate_window", 120 * kSecond},
                  {"storage", "file"},
                  {"num_replicas", 1}};
    make_stream(client, "KV_settings", kv);
    json copy = kv;
    copy.erase("subjects");
    copy["mirror"] = {{"name", "KV_settings"}};
    copy["mirror_direct"] = true;
    make_stream(client, "KV_copy", copy);
    make_stream(client, "OBJ_files",
                {{"subjects", {"$O.files.C.>", "$O.files.M.>"}},
                 {"discard", "new"},
                 {"allow_rollup_hdrs", true},
                 {"allow_direct", true},
                 {"description", "a: b # ${c}"},
                 {"storage", "memory"}});
  }

  void make_objects(NatsClient& client) const {
    json orders{{"subjects", {"orders.>"}},
                {"retention", "workqueue"},
                {"max_age", 7200 * kSecond},
                {"max_msgs", 5000},
                {"description", "on"}};
    if (knows({2, 10, 0}))
      orders["metadata"] = {{"owner", "1e3"}};
    make_stream(client, "ORDERS", orders);
    make_stream(client, "EVENTS", {{"subjects", {"events.*"}}});
    make_stream(client, "DERIVED",
                {{"sources", json::array({{{"name", "EVENTS"}}})}, {"storage", "memory"}});
    make_buckets(client);
    make_consumer(client, "ORDERS", "shipping",
                  {{"ack_policy", "explicit"},
                   {"filter_subject", "orders.paid"},
                   {"max_deliver", 5},
                   {"backoff", {kSecond, 5 * kSecond}}});
    if (knows({2, 10, 0}))
      make_consumer(client, "ORDERS", "billing",
                    {{"ack_policy", "explicit"}, {"filter_subjects", {"orders.a", "orders.b"}}});
    make_consumer(client, "DERIVED", "push",
                  {{"ack_policy", "none"},
                   {"deliver_policy", "new"},
                   {"deliver_subject", "out.x"},
                   {"idle_heartbeat", 5 * kSecond},
                   {"flow_control", true}});
    client.api_ok("CONSUMER.CREATE.DERIVED",
                  {{"stream_name", "DERIVED"},
                   {"config", {{"ack_policy", "none"}, {"deliver_policy", "all"}}}});
  }

  [[nodiscard]] std::string exported(const BareServer& bare,
                                     const std::string& arguments,
                                     const std::string& file) const {
    const Finished done = run(
        {.command = {"sh", "-c", std::string{entrypoint()} + " export " + arguments + " > " + file},
         .environment = {{"RUN_DIR", folder_ / "run"}, {"NATS_URL", bare.url()}},
         .directory = folder_.path()});
    EXPECT_EQ(done.status, 0) << done.output;
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  [[nodiscard]] Finished plan(const BareServer& bare, const std::string& file) const {
    return run({.command = {entrypoint(), "plan"},
                .environment = {{"RUN_DIR", folder_ / "run"},
                                {"NATS_URL", bare.url()},
                                {"STREAMS_FILE", file}},
                .directory = folder_.path()});
  }

  TempDir folder_;
};

TEST_P(ExportTest, AnExportInOurYamlIsWhatTheServerHas) {
  const BareServer bare({.server = server(), .config = "", .directory = nullptr});
  NatsClient client({.url = bare.url()});
  make_objects(client);
  const std::string file = folder_ / "x.yaml";

  const std::string text = exported(bare, "", file);

  const Finished planned = plan(bare, file);
  EXPECT_EQ(planned.status, 0) << planned.output << text;
  const auto manifest = jetstream::parse_manifest(text, "x.yaml", {});
  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  EXPECT_EQ(manifest->streams.size(), 6U);
  EXPECT_EQ(manifest->consumers.size(), knows({2, 10, 0}) ? 3U : 2U) << text;
  EXPECT_NE(text.find("kv:\n"), std::string::npos) << text;
  EXPECT_NE(text.find("object_stores:\n"), std::string::npos) << text;
}

TEST_P(ExportTest, AnExportForOtherToolsIsReadWithTheSameMeaning) {
  const BareServer bare({.server = server(), .config = "", .directory = nullptr});
  NatsClient client({.url = bare.url()});
  make_objects(client);
  client.api_ok("STREAM.DELETE.OBJ_files");  // its description is for our form alone
  for (const std::string format : {"natscli", "nack"}) {
    const std::string file = folder_ / (format + (format == "nack" ? ".yaml" : ".json"));
    const std::string text = exported(bare, "--format " + format, file);
    const Finished planned = plan(bare, file);
    EXPECT_EQ(planned.status, 0) << planned.output << text;
  }
}

TEST_P(ExportTest, NamesChooseAndAnUnknownOneIsToldApart) {
  const BareServer bare({.server = server(), .config = "", .directory = nullptr});
  NatsClient client({.url = bare.url()});
  make_objects(client);

  const std::string text = exported(bare, "settings DERIVED", folder_ / "some.yaml");

  const auto manifest = jetstream::parse_manifest(text, "x.yaml", {});
  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  ASSERT_EQ(manifest->streams.size(), 2U) << text;
  ASSERT_EQ(manifest->consumers.size(), 1U) << text;
  const Finished none =
      run({.command = {entrypoint(), "export", "NONE"},
           .environment = {{"RUN_DIR", folder_ / "run"}, {"NATS_URL", bare.url()}},
           .directory = folder_.path()});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.output.find("stream NONE does not exist"), std::string::npos) << none.output;
}

UNIFIED_ON_EVERY_SERVER(ExportTest);

}  // namespace
}  // namespace unified::test
