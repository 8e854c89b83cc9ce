#include "support/certificates.h"

#include <fstream>

#include <gtest/gtest.h>

#include "jetstream/nats/module.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class CertificatesTest : public testing::Test {
 public:
  CertificatesTest() : module_(nats::Module::open()) {}

  Result<nats::CertificateReport> check(const nats::CertificateFiles& files) {
    return (*module_)->check_certificates(files);
  }
  Result<nats::CertificateReport> check(const CertificatePair& pair) {
    return check({pair.cert, pair.key, ""});
  }
  std::string name_of(const CertificateOptions& options) {
    const auto report = check(make_certificate(folder_, "named", options));
    return report ? report->expected_name : report.error().message;
  }
  std::string problem(const nats::CertificateFiles& files) {
    const auto report = check(files);
    return report ? "none" : report.error().message;
  }
  const TempDir& folder() const { return folder_; }

 private:
  Result<std::unique_ptr<nats::Module>> module_;
  TempDir folder_;
};

TEST_F(CertificatesTest, ExpectsTheFirstDnsNameThenTheFirstAddressThenTheCommonName) {
  EXPECT_EQ(name_of({.common_name = "cn",
                     .names = {"IP:10.0.0.1", "DNS:a.example", "DNS:b.example"},
                     .issuer = {}}),
            "a.example");
  EXPECT_EQ(name_of({.common_name = "cn", .names = {"IP:10.0.0.1"}, .issuer = {}}), "10.0.0.1");
  EXPECT_EQ(name_of({.common_name = "cn", .names = {"IP:fd00::1"}, .issuer = {}}),
            "fd00:0:0:0:0:0:0:1");
  EXPECT_EQ(name_of({.common_name = "cn", .issuer = {}}), "cn");
  EXPECT_EQ(name_of({.common_name = "", .issuer = {}}), "");
}

TEST_F(CertificatesTest, AGoodPairHasNoWarning) {
  const auto pair = make_certificate(folder(), "server", {.common_name = "x", .issuer = {}});

  const auto report = check({pair.cert, pair.key, pair.cert});

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->warnings.empty());
}

/// By Go's rule, as nats-server has it: none, any, or clientAuth among others.
TEST_F(CertificatesTest, OurOwnClientNeedsACertificateThatIsGoodForClients) {
  const auto ca =
      make_certificate(folder(), "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  for (const auto& [usage, good] :
       {std::pair{"serverAuth", false}, std::pair{"serverAuth,clientAuth", true},
        std::pair{"clientAuth", true}, std::pair{"", true}, std::pair{"anyExtendedKeyUsage", true},
        std::pair{"emailProtection", false}}) {
    const auto pair =
        make_certificate(folder(), "one", {.common_name = "x", .issuer = ca, .usage = usage});
    const std::string found = problem({pair.cert, pair.key, ca.cert, pair.cert, pair.key});
    EXPECT_EQ(found == "none", good) << usage << ": " << found;
    EXPECT_EQ(problem({pair.cert, pair.key, ca.cert}), "none") << "shown to nobody";
  }
}

TEST_F(CertificatesTest, OurOwnClientNeedsACertificateOfAnAuthorityThatIsTrusted) {
  const auto ca =
      make_certificate(folder(), "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  const auto other =
      make_certificate(folder(), "other", {.common_name = "CA", .issuer = {}, .authority = true});
  const auto middle =
      make_certificate(folder(), "middle", {.common_name = "M", .issuer = ca, .authority = true});
  const auto server = make_certificate(folder(), "server", {.common_name = "x", .issuer = ca});
  const auto client = make_certificate(folder(), "client", {.common_name = "y", .issuer = middle});
  const auto self = make_certificate(folder(), "self", {.common_name = "z", .issuer = {}});
  const auto with_client = [&](const CertificatePair& own, const CertificatePair& anchor) {
    return problem({server.cert, server.key, anchor.cert, own.cert, own.key});
  };

  EXPECT_EQ(with_client(server, ca), "none");
  EXPECT_EQ(with_client(self, self), "none");
  EXPECT_EQ(with_client(client, middle), "none");
  EXPECT_NE(with_client(server, other).find("not signed by an authority"), std::string::npos);
  EXPECT_NE(with_client(client, ca).find("not signed by an authority"), std::string::npos);
  std::ofstream{client.cert, std::ios::app} << std::ifstream{middle.cert}.rdbuf();
  EXPECT_EQ(with_client(client, ca), "none");
}

TEST_F(CertificatesTest, WarnsTwoWeeksBeforeTheEnd) {
  const auto report = check(
      make_certificate(folder(), "server", {.common_name = "x", .issuer = {}, .ends = 13 * 24h}));

  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->warnings.size(), 1U);
  EXPECT_NE(report->warnings[0].find("in 12d23h"), std::string::npos) << report->warnings[0];
}

TEST_F(CertificatesTest, RefusesWhatNatsServerWouldRefuse) {
  const auto good = make_certificate(folder(), "good", {.common_name = "x", .issuer = {}});
  const auto other = make_certificate(folder(), "other", {.common_name = "x", .issuer = {}});
  const auto expired = make_certificate(
      folder(), "expired", {.common_name = "x", .issuer = {}, .starts = -48h, .ends = -24h});
  const auto early = make_certificate(
      folder(), "early", {.common_name = "x", .issuer = {}, .starts = 24h, .ends = 48h});
  const std::string garbage =
      folder().write("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const std::string absent = folder() / "absent";

  EXPECT_EQ(problem({absent, good.key, ""}),
            "cannot open " + absent + ": no such file or directory");
  EXPECT_EQ(problem({good.cert, absent, ""}),
            "cannot open " + absent + ": no such file or directory");
  EXPECT_EQ(problem({good.cert, good.key, absent}),
            "cannot open " + absent + ": no such file or directory");
  EXPECT_EQ(problem({garbage, good.key, ""}),
            "cannot use certificate " + garbage + ": no PEM certificate in it");
  EXPECT_EQ(problem({good.cert, good.cert, ""}),
            "cannot use key " + good.cert + ": no PEM private key in it");
  EXPECT_EQ(problem({good.cert, other.key, ""}),
            "cannot use key " + other.key + ": it does not belong to certificate " + good.cert);
  EXPECT_NE(problem({expired.cert, expired.key, ""}).find(": expired on 20"), std::string::npos);
  EXPECT_NE(problem({early.cert, early.key, ""}).find(": not valid before 20"), std::string::npos);
  EXPECT_NE(problem({good.cert, good.key, expired.cert}).find(": expired on 20"),
            std::string::npos);
}

TEST_F(CertificatesTest, RefusesAnEncryptedKeyInsteadOfAskingForThePassphrase) {
  const auto good = make_certificate(folder(), "good", {.common_name = "x", .issuer = {}});
  const std::string encrypted =
      folder().write("encrypted.key",
                     "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                     "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                     "AAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n");

  EXPECT_EQ(problem({good.cert, encrypted, ""}),
            "cannot use key " + encrypted +
                ": it is encrypted; nats-server needs it without a passphrase");
}

}  // namespace
}  // namespace unified::test
