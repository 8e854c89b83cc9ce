// A password in a URL, whatever it holds, is shown by no command and asked of no resolver.
#include <random>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/free_port.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace unified::test {
namespace {

std::string nasty_password(std::mt19937& random) {
  constexpr std::string_view kPlain = "QZXJKVWY";
  constexpr std::string_view kNasty = "@/?#:,%[]&=+;!";
  std::uniform_int_distribution<std::size_t> plain{0, kPlain.size() - 1};
  std::uniform_int_distribution<std::size_t> nasty{0, kNasty.size() - 1};
  std::string text;
  for (int part = 0; part < 3; ++part) {
    for (int i = 0; i < 5; ++i)
      text += kPlain[plain(random)];
    if (part < 2)
      text += kNasty[nasty(random)];
  }
  return text;
}

std::string shown_part(const std::string& text, const std::string& password) {
  for (std::size_t i = 0; i + 4 <= password.size(); ++i)
    if (text.find(password.substr(i, 4)) != std::string::npos)
      return password.substr(i, 4);
  return {};
}

TEST(SecretUrlsTest, NoCommandShowsAPartOfAPassword) {
  const TempDir folder;
  const FreePort port;
  std::mt19937 random{20261130};
  for (int round = 0; round < 12; ++round) {
    const std::string password = round == 0 ? "Sup3r@Secret/Tail9" : nasty_password(random);
    const std::string url =
        "nats://app:" + password + "@127.0.0.1:" + std::to_string(port.number());
    const std::vector<std::pair<std::vector<std::string>, Environment>> runs{
        {{"health", "--server", url}, {}},
        {{"streams", "--nats-url", url}, {}},
        {{"verify"}, {{"NATS_URL", url}}},
        {{"config"}, {{"NATS_URL", url}}},
        {{"validate"}, {{"NATS_URL", url}, {"AUTO_START_NATS", "false"}}},
        {{"render"}, {{"NATS_CLUSTER_ENABLED", "true"}, {"NATS_CLUSTER_ROUTES", url}}},
    };
    for (const auto& [arguments, environment] : runs) {
      std::vector<std::string> command{entrypoint()};
      command.insert(command.end(), arguments.begin(), arguments.end());
      Environment all = environment;
      all["NATS_CONNECT_TIMEOUT"] = "1";
      const Finished finished =
          run({.command = command, .environment = all, .directory = folder.path()});
      // nats.conf is where a password of a route belongs.
      if (arguments.front() == "render" && finished.status == 0)
        continue;
      EXPECT_EQ(shown_part(finished.output, password), "")
          << arguments.front() << " with " << password << ": " << finished.output;
      EXPECT_EQ(finished.output.find("resolve"), std::string::npos)
          << arguments.front() << " with " << password << ": " << finished.output;
    }
  }
}

}  // namespace
}  // namespace unified::test
