#include <random>

#include <gtest/gtest.h>

#include "base/scrub.h"
#include "config/load.h"
#include "config/url.h"
#include "fake_host.h"

namespace unified::config {
namespace {

/// Of letters that stand in no word of ours, and what cuts a URL, a list or a line.
std::string nasty_password(std::mt19937& random) {
  constexpr std::string_view kPlain = "QZXJKVWY";
  constexpr std::string_view kNasty = "@/?#:,@/?#:,%[]&=+;!$*()~. \"'\\";
  std::uniform_int_distribution<std::size_t> length{4, 16};
  std::uniform_int_distribution<std::size_t> plain{0, kPlain.size() - 1};
  std::uniform_int_distribution<std::size_t> nasty{0, kNasty.size() - 1};
  std::bernoulli_distribution is_nasty{0.3};
  std::string text;
  for (std::size_t i = length(random); i > 0; --i)
    text += is_nasty(random) ? kNasty[nasty(random)] : kPlain[plain(random)];
  return text;
}

/// The part of four characters or more of the password that the text shows.
std::string shown_part(const std::string& text, const std::string& password) {
  constexpr std::size_t kPart = 4;
  for (std::size_t i = 0; i + kPart <= password.size(); ++i)
    if (text.find(password.substr(i, kPart)) != std::string::npos)
      return password.substr(i, kPart);
  return {};
}

struct Form {
  std::string variable;
  std::string before;
  std::string behind;
  std::string also;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> kForms{
      {"NATS_URL", "nats://app:", "@127.0.0.1:4222", ""},
      {"NATS_URL", "nats://", "@127.0.0.1:4222", ""},
      {"NATS_URL", "nats://h1:4222, nats://app:", "@127.0.0.1:4222,nats://h2", ""},
      {"NATS_MONITOR_URL", "http://app:", "@127.0.0.1:8222/", ""},
      {"NATS_CLUSTER_ROUTES", "nats://app:", "@127.0.0.1:6222", "NATS_CLUSTER_ENABLED=true\n"},
  };
  return kForms;
}

TEST(UrlSecrecyTest, NoPartOfAPasswordIsShownAndNoPartOfItIsTheHost) {
  std::mt19937 random{20261130};
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round)
    for (const Form& form : forms()) {
      const std::string password = nasty_password(random);
      SCOPED_TRACE(form.variable + "=" + form.before + password + form.behind);
      Inputs inputs = env_file("AUTO_START_NATS=true\n" + form.also);
      inputs.environment[form.variable] = form.before + password + form.behind;
      const auto loaded = load(inputs, FakeHost{});
      std::string output;
      if (loaded) {
        ++accepted;
        for (const Problem& warning : loaded->warnings)
          output += to_text(warning) + "\n";
        for (const EffectiveValue& value : loaded->settings.values)
          output += value.value + "\n";
        if (form.variable == "NATS_URL")
          for (const Secret& url : loaded->settings.clients.urls) {
            const auto parsed = parse_url(url.reveal());
            ASSERT_TRUE(parsed);
            output += parsed->host_port + "\n" + without_userinfo(url.reveal()) + "\n";
          }
        output += Scrubber{loaded->settings.secrets}.scrub("cannot connect to " + form.before +
                                                           password + form.behind + ": it refuses");
      } else {
        ++refused;
        for (const Problem& problem : loaded.error())
          output += to_text(problem) + "\n";
      }
      ASSERT_EQ(shown_part(output, password), "") << output;
    }
  EXPECT_GT(accepted, 1000U);
  EXPECT_GT(refused, 1000U);
}

TEST(UrlSecrecyTest, AnAtBehindTheAuthorityIsAnErrorThatSaysHowToWriteIt) {
  for (const char* url :
       {"nats://app:Sup3r@Secret/Tail9@127.0.0.1:4222", "nats://app:Sup3r/Tail9@127.0.0.1:4222",
        "nats://app:Sup3r?Tail9@127.0.0.1:4222", "nats://app:Sup3r#Tail9@127.0.0.1:4222",
        "nats://app:12/Tail9@127.0.0.1:4222"}) {
    EXPECT_FALSE(parse_url(url)) << url;
    const auto fault = url_fault(url, "nats|tls", false);
    ASSERT_TRUE(fault) << url;
    EXPECT_NE(fault->find("percent-encode"), std::string::npos) << *fault;
  }
  EXPECT_EQ(url_fault("nats://app:Sup3r%2FTail9@127.0.0.1:4222", "nats|tls", false), std::nullopt);
  EXPECT_EQ(url_fault("nats://app:Sup3r@Secret@127.0.0.1:4222", "nats|tls", false), std::nullopt);
}

TEST(UrlSecrecyTest, ACommaInAPasswordIsToldAsThat) {
  const auto loaded = load(env_file("NATS_URL=nats://app:1234,5678@127.0.0.1:4222\n"), FakeHost{});

  ASSERT_FALSE(loaded);
  EXPECT_NE(to_text(loaded.error().front()).find("%2C"), std::string::npos)
      << to_text(loaded.error().front());
}

TEST(UrlSecrecyTest, TheHostOfAnAddressIsCutAtItsPortOnly) {
  EXPECT_EQ(host_of("broker:4222"), "broker");
  EXPECT_EQ(host_of("broker"), "broker");
  EXPECT_EQ(host_of("[::1]:4222"), "::1");
  EXPECT_EQ(host_of("[::1]"), "::1");
}

}  // namespace
}  // namespace unified::config
