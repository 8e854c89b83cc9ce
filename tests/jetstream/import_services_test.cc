#include "jetstream/import_services.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "jetstream/manifest.h"

namespace unified::jetstream {
namespace {

ImportedServices must_import(const std::string& text) {
  auto imported = import_services(text, "services.yaml");
  EXPECT_TRUE(imported.ok()) << (imported ? "" : imported.error().front());
  return imported ? *imported : ImportedServices{};
}

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  return text;
}

// As the documents of the old service show it.
constexpr const char* kDocumented = R"(message-broker-service:
  port: 8085
  auto_start_nats: true
  auto_create_streams: true

  nats:
    nats_port: 4222
    cluster_port: 6222
    http_port: 8222
    jetstream_enabled: true
    jetstream_max_memory: "1GB"
    jetstream_max_storage: "10GB"
    nats_url: "nats://localhost:4222"
    data_dir: "data/nats"

    # custom streams
    streams:
      CUSTOM_STREAM:
        subjects: ["custom.>"]
        retention: "limits"
        max_age: 7200
        max_msgs: 500000
        storage: "file"
)";

TEST(ImportServicesTest, TheDocumentedFileBecomesAnEnvironment) {
  EXPECT_EQ(must_import(kDocumented).env,
            "# From services.yaml by `unified_entrypoint import`.\n"
            "API_ENABLED=true\n"
            "API_PORT=8085\n"
            "NATS_PORT=4222\n"
            "NATS_CLUSTER_PORT=6222\n"
            "NATS_HTTP_PORT=8222\n"
            "JETSTREAM_ENABLED=true\n"
            "JETSTREAM_MAX_MEMORY=1GB\n"
            "JETSTREAM_MAX_FILE=10GB\n"
            "JETSTREAM_STORE_DIR=data/nats/jetstream\n"
            "STREAMS_FILE=streams.yaml\n");
}

TEST(ImportServicesTest, TheManifestHasTheServicesOwnStreamsAndThoseOfTheFile) {
  const auto manifest = parse_manifest(must_import(kDocumented).manifest, "streams.yaml", {});
  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  ASSERT_EQ(manifest->streams.size(), 4U);
  EXPECT_EQ(manifest->streams[0].name, "MARKET_DATA");
  EXPECT_EQ(manifest->streams[3].name, "CUSTOM_STREAM");
  EXPECT_EQ(manifest->streams[3].config, nlohmann::json({{"subjects", {"custom.>"}},
                                                         {"retention", "limits"},
                                                         {"max_age", 7'200'000'000'000},
                                                         {"max_msgs", 500000},
                                                         {"storage", "file"}}));
}

TEST(ImportServicesTest, AStreamOfTheFileReplacesTheServicesOwn) {
  const auto imported =
      must_import("nats:\n  streams:\n    MARKET_DATA: {subjects: [market.>], storage: memory}\n");
  EXPECT_NE(imported.manifest.find("memory"), std::string::npos);
  EXPECT_EQ(imported.manifest.find("MARKET_DATA"), imported.manifest.rfind("MARKET_DATA"));
}

TEST(ImportServicesTest, ClusterUsersAndTlsHaveCounterparts) {
  const auto imported = must_import(R"(nats:
  cluster_name: "c"
  cluster_listen: "0.0.0.0:6222"
  cluster_routes: ["nats-route://node1:6222", "nats-route://node2:6222"]
  users:
    - {user: "producer", password: "pa\"ss $x\\"}
  tls: {cert_file: /a.pem, key_file: /b.pem, ca_file: /c.pem, verify: true}
)");
  for (const char* line :
       {"NATS_CLUSTER_ENABLED=true\n", "NATS_CLUSTER_HOST=0.0.0.0\n", "NATS_CLUSTER_PORT=6222\n",
        "NATS_CLUSTER_ROUTES=nats-route://node1:6222,nats-route://node2:6222\n",
        "NATS_AUTH_ENABLED=true\n", "NATS_AUTH_USERNAME=producer\n",
        "NATS_AUTH_PASSWORD=\"pa\\\"ss \\$x\\\\\"\n", "NATS_TLS_ENABLED=true\n",
        "NATS_TLS_CERT=/a.pem\n", "NATS_TLS_VERIFY=true\n"})
    EXPECT_NE(imported.env.find(line), std::string::npos) << line << imported.env;
}

TEST(ImportServicesTest, WhatHasNoCounterpartIsTold) {
  const auto imported = must_import(R"(other-service: {port: 1}
message-broker-service:
  auto_start_nats: false
  debug: true
  nats:
    jetstream_max_streams: 100
    users: []
    tls: {ciphers: [], cert_file: c, key_file: k}
)");
  const std::string warnings = all_of(imported.warnings);
  for (const char* part : {"services.yaml:1: \"other-service\" is no part",
                           "auto_start_nats: false", "services.yaml:4: \"debug\" is not known here",
                           "nats.jetstream_max_streams:", "\"nats.tls.ciphers\" is not known"})
    EXPECT_NE(warnings.find(part), std::string::npos) << part << "\n" << warnings;
}

TEST(ImportServicesTest, UsersThatCannotBeSaidAreRefusedForTheBrokerWouldBeOpen) {
  for (const char* users :
       {"[{user: a, password: secret-1}, {user: b, password: secret-2}]",
        "[{user: a, password: secret-1, permissions: {publish: [\"market.>\"]}}]", "x", "{a: b}",
        "[{user: a}]", "[{user: a, password: \"\"}]"}) {
    const auto imported =
        import_services(std::string{"nats:\n  users: "} + users + "\n", "services.yaml");
    ASSERT_FALSE(imported.ok()) << users;
    const std::string errors = all_of(imported.error());
    EXPECT_NE(errors.find("services.yaml:2: nats.users: .env can say one user"), std::string::npos);
    EXPECT_NE(errors.find("NATS_EXTRA_CONFIG_FILE"), std::string::npos);
    EXPECT_EQ(errors.find("secret-"), std::string::npos);
  }
}

TEST(ImportServicesTest, ConsumersOfTheStreamsAndWhatTheReaderWarnsOfAreTaken) {
  const auto imported = must_import(R"(nats:
  streams:
    A: {subjects: [a.>], consumers: [{name: c, filter_subject: a.b}]}
)");
  const auto manifest = parse_manifest(imported.manifest, "streams.yaml", {});
  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  ASSERT_EQ(manifest->consumers.size(), 1U);
  EXPECT_EQ(manifest->consumers[0].stream, "A");
  EXPECT_EQ(manifest->consumers[0].config["filter_subjects"], nlohmann::json({"a.b"}));
  const auto wrong = import_services(
      "nats: {streams: {A: {subjects: [a.>], consumers: [{name: c, filter_subject: b}]}}}", "s");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(all_of(wrong.error()).find("matches no subject"), std::string::npos);
}

// As the old repository's services/message-broker/config/unified_message_broker.yaml is built.
constexpr const char* kUnified = R"(service:
  name: "unified-message-broker"
  version: "1.0.0"
  environment: "production"
  port: 8086
  metrics_port: 9096
  host: "0.0.0.0"
nats_client:
  nats_url: "nats://127.0.0.1:4222"
  strict_subjects: true
streams:
  MARKET_DATA:
    name: "MARKET_DATA"
    subjects: ["trade.>", "funding_rate.>"]
    retention: "limits"
    max_age: 172800
    replicas: 1
    storage: "file"
  ORDERBOOK_SNAP:
    name: "ORDERBOOK_SNAP"
    subjects: ["orderbook.>"]
    max_msgs_per_subject: 1
lsr_subscriber: {enabled: true}
monitoring: {enabled: true}
logging: {level: "INFO"}
)";

TEST(ImportServicesTest, TheUnifiedBrokersFileIsReadWithItsStreamsAlone) {
  const ImportedServices imported = must_import(kUnified);

  EXPECT_EQ(imported.env,
            "# From services.yaml by `unified_entrypoint import`.\n"
            "ENVIRONMENT=production\n"
            "API_ENABLED=true\n"
            "API_PORT=8086\n"
            "PROMETHEUS_ENABLED=true\n"
            "PROMETHEUS_PORT=9096\n"
            "STREAMS_FILE=streams.yaml\n");
  const auto manifest = parse_manifest(imported.manifest, "streams.yaml", {});
  ASSERT_TRUE(manifest.ok()) << all_of(manifest.error());
  ASSERT_EQ(manifest->streams.size(), 2U);
  EXPECT_EQ(manifest->streams[0].name, "MARKET_DATA");
  EXPECT_EQ(manifest->streams[0].config["num_replicas"], 1);
  EXPECT_EQ(manifest->streams[0].config["max_age"], 172'800'000'000'000);
  EXPECT_EQ(manifest->streams[1].config["max_msgs_per_subject"], 1);
  for (const char* key : {"nats_client", "lsr_subscriber", "monitoring", "logging", "service.host"})
    EXPECT_NE(all_of(imported.warnings).find(key), std::string::npos) << key;
}

TEST(ImportServicesTest, AFileOfAnotherProgramIsRefused) {
  for (const char* text : {"nats_server: {port: 4222}\n", "services: {message-broker: {port: 1}}\n",
                           "services: {nats: {image: \"nats:2.10\", ports: [4222]}}\n"}) {
    const auto imported = import_services(text, "other.yaml");
    ASSERT_FALSE(imported) << text;
    EXPECT_NE(imported.error().front().find("message-broker-service"), std::string::npos)
        << imported.error().front();
  }
}

TEST(ImportServicesTest, WhatCannotBeReadIsNotCalledAnotherProgramsFile) {
  const auto imported = import_services("- message-broker-service\n", "services.yaml");
  ASSERT_FALSE(imported);
  ASSERT_EQ(imported.error().size(), 1U) << all_of(imported.error());
  EXPECT_EQ(imported.error().front(),
            "services.yaml:1: expected a map with message-broker-service: at the top");
}

TEST(ImportServicesTest, WhatSaysNeitherYesNorNoIsRefused) {
  for (const char* key : {"auto_create_streams", "auto_start_nats"})
    for (const char* value : {"maybe", "2", "[]"}) {
      const auto imported = import_services(fmt::format("{}: {}\n", key, value), "services.yaml");
      ASSERT_FALSE(imported) << key << value;
      EXPECT_EQ(imported.error().front(),
                fmt::format("services.yaml:1: {}: expected true or false", key));
    }
}

TEST(ImportServicesTest, ALoginThatCannotBeSaidIsNotLeftOut) {
  for (const char* key : {"token: x", "authorization: {token: x}", "user: u"}) {
    const auto imported = import_services(fmt::format("nats: {{{}}}\n", key), "services.yaml");
    ASSERT_FALSE(imported) << key;
    EXPECT_NE(imported.error().front().find("would be open"), std::string::npos);
    EXPECT_EQ(imported.error().front().find("x,"), std::string::npos);
  }
}

TEST(ImportServicesTest, TlsIsOnlyOnWithItsFilesAndWhenItIsNotSwitchedOff) {
  const auto off = import_services("nats: {tls: {enabled: false, cert_file: c}}\n", "s.yaml");
  ASSERT_TRUE(off);
  EXPECT_NE(off->env.find("NATS_TLS_ENABLED=false"), std::string::npos) << off->env;
  for (const char* tls : {"{}", "{cert_file: c}", "{enabled: true, key_file: k}"}) {
    const auto imported = import_services(fmt::format("nats: {{tls: {}}}\n", tls), "s.yaml");
    ASSERT_FALSE(imported) << tls;
    EXPECT_NE(imported.error().front().find("cert_file and key_file are needed"),
              std::string::npos);
  }
}

TEST(ImportServicesTest, MistakesHaveALine) {
  const auto imported = import_services(
      "nats:\n  nats_port: [1]\n  streams:\n    A: {subjects: a, max_mgs: 1}\n  users: x\n",
      "services.yaml");
  ASSERT_FALSE(imported.ok());
  const std::string errors = all_of(imported.error());
  for (const char* part : {"services.yaml:2: nats_port: expected one value",
                           "services.yaml:4: unknown field \"max_mgs\" (did you mean max_msgs?)"})
    EXPECT_NE(errors.find(part), std::string::npos) << part << "\n" << errors;
}

TEST(ImportServicesTest, WhateverItIsIsReadOrRefused) {
  for (const char* text : {"", "x", "- a", ",", "nats: 5", "nats: {users: [{}]}", "a: &a [*a]",
                           "message-broker-service:", "services: {x: 1}", "nats: {streams: 5}"}) {
    const auto imported = import_services(text, "services.yaml");
    EXPECT_TRUE(imported.ok() || !imported.error().empty()) << text;
  }
}

}  // namespace
}  // namespace unified::jetstream
