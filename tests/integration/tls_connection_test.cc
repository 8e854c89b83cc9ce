#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "jetstream/nats/module.h"
#include "support/bare_server.h"
#include "support/certificates.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class TlsConnectionTest : public ServerTest {
 public:
  std::unique_ptr<BareServer> start(const CertificatePair& pair, const std::string& more = "") {
    return std::make_unique<BareServer>(
        BareServerOptions{.server = server(),
                          .config = fmt::format("tls {{ cert_file: \"{}\", key_file: \"{}\" {} }}",
                                                pair.cert, pair.key, more),
                          .directory = {}});
  }

  Result<std::unique_ptr<nats::Connection>> connect_tls(const BareServer& broker,
                                                        nats::TlsOptions tls) {
    tls.enabled = true;
    auto module = nats::Module::open();
    if (!module)
      return module.error();
    return (*module)->connect({.url = broker.url(), .tls = std::move(tls)}, {});
  }

  const TempDir& folder() const { return folder_; }

 private:
  TempDir folder_;
};

void expect_works(const Result<std::unique_ptr<nats::Connection>>& connection) {
  ASSERT_TRUE(connection) << connection.error().message;
  const auto answer = (*connection)->request("$JS.API.INFO", "", 5s);
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_P(TlsConnectionTest, TrustsTheConfiguredSelfSignedCertificateAndNoOther) {
  const auto pair = make_certificate(
      folder(), "server", {.common_name = "x", .names = {"DNS:broker.example"}, .issuer = {}});
  const auto other = make_certificate(
      folder(), "other", {.common_name = "x", .names = {"DNS:broker.example"}, .issuer = {}});
  const auto broker = start(pair);

  expect_works(
      connect_tls(*broker, {.trusted_files = {pair.cert}, .expected_name = "broker.example"}));
  EXPECT_FALSE(
      connect_tls(*broker, {.trusted_files = {other.cert}, .expected_name = "broker.example"}));
  EXPECT_FALSE(
      connect_tls(*broker, {.trusted_files = {pair.cert}, .expected_name = "another.example"}));
  EXPECT_FALSE(connect_tls(*broker, {}));
  expect_works(connect_tls(*broker, {.skip_verification = true}));
}

TEST_P(TlsConnectionTest, TrustsACertificateOfAConfiguredCa) {
  const auto ca =
      make_certificate(folder(), "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  const auto pair = make_certificate(folder(), "server", {.names = {"IP:127.0.0.1"}, .issuer = ca});
  const auto broker = start(pair);

  expect_works(connect_tls(*broker, {.trusted_files = {ca.cert}, .expected_name = "127.0.0.1"}));
  EXPECT_FALSE(connect_tls(*broker, {.trusted_files = {ca.cert}, .expected_name = "127.0.0.2"}));
}

TEST_P(TlsConnectionTest, TrustsALeafWhoseCaIsNotConfigured) {
  const auto ca =
      make_certificate(folder(), "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  const auto pair =
      make_certificate(folder(), "server", {.names = {"DNS:*.example"}, .issuer = ca});
  const auto twin = make_certificate(folder(), "twin", {.names = {"DNS:*.example"}, .issuer = ca});
  const auto broker = start(pair);

  expect_works(connect_tls(*broker, {.trusted_files = {pair.cert}, .expected_name = "*.example"}));
  EXPECT_FALSE(connect_tls(*broker, {.trusted_files = {twin.cert}, .expected_name = "*.example"}));
}

TEST_P(TlsConnectionTest, TrustsAChainThatEndsAtAnIntermediate) {
  const auto root =
      make_certificate(folder(), "root", {.common_name = "root", .issuer = {}, .authority = true});
  const auto middle = make_certificate(
      folder(), "middle", {.common_name = "middle", .issuer = root, .authority = true});
  const auto leaf = make_certificate(folder(), "leaf", {.common_name = "broker", .issuer = middle});
  const CertificatePair chain{
      folder().write("chain.pem", folder().read("leaf.pem") + folder().read("middle.pem")),
      leaf.key};
  const auto broker = start(chain);

  expect_works(connect_tls(*broker, {.trusted_files = {chain.cert}, .expected_name = "broker"}));
}

TEST_P(TlsConnectionTest, ShowsItsOwnPairWhenTheServerAsksForOne) {
  const auto ca =
      make_certificate(folder(), "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  const auto pair =
      make_certificate(folder(), "server", {.names = {"DNS:localhost"}, .issuer = ca});
  const auto client = make_certificate(folder(), "client", {.common_name = "us", .issuer = ca});
  const auto broker = start(pair, fmt::format(", ca_file: \"{}\", verify: true", ca.cert));

  expect_works(connect_tls(*broker, {.trusted_files = {pair.cert, ca.cert},
                                     .expected_name = "localhost",
                                     .client_cert = client.cert,
                                     .client_key = client.key}));
  EXPECT_FALSE(
      connect_tls(*broker, {.trusted_files = {pair.cert, ca.cert}, .expected_name = "localhost"}));
}

UNIFIED_ON_EVERY_SERVER(TlsConnectionTest);

}  // namespace
}  // namespace unified::test
