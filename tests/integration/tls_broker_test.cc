#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/certificates.h"
#include "support/entrypoint.h"
#include "support/moved_stream.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class TlsBrokerTest : public ServerTest {
 public:
  /// A broker's pair, a client's pair and their CA in the broker's folder.
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure())
      return;
    directory_ = std::make_shared<TempDir>();
    ca_ =
        make_certificate(*directory_, "ca", {.common_name = "CA", .issuer = {}, .authority = true});
    pair_ =
        make_certificate(*directory_, "server", {.names = {"DNS:broker.example"}, .issuer = ca_});
    client_ = make_certificate(*directory_, "client", {.common_name = "collector", .issuer = ca_});
  }

  [[nodiscard]] Environment environment() const {
    return {{"NATS_TLS_ENABLED", "true"},
            {"NATS_TLS_CERT", pair_.cert},
            {"NATS_TLS_KEY", pair_.key},
            {"NATS_TLS_CA", ca_.cert}};
  }

  [[nodiscard]] nats::ConnectOptions client_options(const Broker& broker) const {
    nats::ConnectOptions options;
    options.url = fmt::format("tls://127.0.0.1:{}", broker.port());
    options.tls.enabled = true;
    options.tls.trusted_files = {ca_.cert};
    options.tls.expected_name = "broker.example";
    return options;
  }

  /// Asks over a URL that says nothing of TLS, from a folder without any `.env`.
  static Finished streams_of(const Broker& broker, const char* host, Environment environment) {
    const TempDir elsewhere;
    environment["HOME"] = elsewhere.path();
    return run({.command = {entrypoint(), "streams", "--nats-url",
                            fmt::format("nats://{}:{}", host, broker.port())},
                .environment = std::move(environment),
                .directory = elsewhere.path()},
               20s);
  }

  std::shared_ptr<TempDir> directory_;
  CertificatePair ca_;
  CertificatePair pair_;
  CertificatePair client_;
};

TEST_P(TlsBrokerTest, IsReadyAndStoresWhatATlsClientPublishes) {
  Broker broker({.server = server(), .environment = environment(), .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  EXPECT_TRUE(broker.client(client_options(broker)).publish("orderbook-data.x", "1"));
  EXPECT_EQ(broker.command({"health", "full"}).status, 0);
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(TlsBrokerTest, ANatsUrlOfAServerThatWantsTlsIsFollowedThere) {
  const CertificatePair named =
      make_certificate(*directory_, "named", {.names = {"IP:127.0.0.1"}, .issuer = ca_});
  Environment with_name = environment();
  with_name["NATS_TLS_CERT"] = named.cert;
  with_name["NATS_TLS_KEY"] = named.key;
  Broker broker({.server = server(), .environment = with_name, .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  const Finished trusted = streams_of(broker, "127.0.0.1", {{"NATS_TLS_CA", ca_.cert}});
  const Finished another_name = streams_of(broker, "localhost", {{"NATS_TLS_CA", ca_.cert}});
  const Finished unknown = streams_of(broker, "127.0.0.1", {});

  EXPECT_EQ(trusted.status, 0) << trusted.output;
  EXPECT_NE(trusted.output.find("MARKET_DATA"), std::string::npos) << trusted.output;
  EXPECT_EQ(another_name.status, 69) << another_name.output;
  EXPECT_NE(another_name.output.find("certificate is for another name"), std::string::npos)
      << another_name.output;
  EXPECT_EQ(unknown.status, 69) << unknown.output;
  EXPECT_NE(unknown.output.find("NATS_TLS_CA must name the authority"), std::string::npos)
      << unknown.output;
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(TlsBrokerTest, MigratesAStreamWithATokenAndACertificate) {
  Environment environment = this->environment();
  environment["NATS_TLS_VERIFY"] = "true";
  environment["NATS_AUTH_ENABLED"] = "true";
  environment["NATS_AUTH_TOKEN"] = "a-token-of-the-test";
  environment["STREAMS_FILE"] = declare_stream(*directory_, "file", 8);
  Broker broker({.server = server(), .environment = environment, .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  nats::ConnectOptions options = client_options(broker);
  options.tls.client_cert = client_.cert;
  options.tls.client_key = client_.key;
  options.token = Secret{environment["NATS_AUTH_TOKEN"]};
  NatsClient client = broker.client(options);
  EXPECT_TRUE(client.publish("s.1", "1"));

  const bool to_memory = server().version >= ServerVersion{2, 14, 0};
  (void)declare_stream(*directory_, to_memory ? "memory" : "file", 100);
  EXPECT_EQ(broker.command({"reload"}).status, 1);
  const Finished moved = broker.command({"migrate", "S", "--yes"});
  EXPECT_EQ(moved.status, 0) << moved.output << broker.output();
  EXPECT_EQ(client.count("S"), 1U);
  EXPECT_EQ(client.api_ok("STREAM.INFO.S")["config"]["max_consumers"], 100);
  EXPECT_EQ(broker.output().find("a-token-of-the-test"), std::string::npos);
}

TEST_P(TlsBrokerTest, IsReadyWhenClientsMustShowACertificate) {
  Environment environment = this->environment();
  environment["NATS_TLS_VERIFY"] = "true";
  environment["NATS_TLS_CERT"] =
      "server.pem";  // relative to the working folder, as `.env` files say
  environment["NATS_TLS_KEY"] = "server.key";
  Broker broker({.server = server(), .environment = environment, .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  nats::ConnectOptions options = client_options(broker);
  options.tls.client_cert = client_.cert;
  options.tls.client_key = client_.key;

  EXPECT_TRUE(broker.client(options).publish("orderbook-data.x", "1"));
}

UNIFIED_ON_EVERY_SERVER(TlsBrokerTest);

}  // namespace
}  // namespace unified::test
