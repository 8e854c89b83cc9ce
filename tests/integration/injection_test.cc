#include <random>

#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/nasty_pieces.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class InjectionTest : public ServerTest {};

std::string nasty_string(std::mt19937& random) {
  std::uniform_int_distribution<std::size_t> length{1, 8};
  std::uniform_int_distribution<std::size_t> pick{0, nasty_pieces().size() - 1};
  std::string text;
  for (std::size_t i = length(random); i > 0; --i)
    text += nasty_pieces()[pick(random)];
  return text;
}

struct Login {
  std::string user;
  std::string password;
};

std::vector<Login> nasty_logins(std::size_t count) {
  std::mt19937 random{20261121};
  std::vector<Login> logins{{"$2a$junk", "$2a$junk"},
                            {"{{server_name}}", "}}"},
                            {"a\nb", "\n"},
                            {"\"", "\\"},
                            {"1", "2"}};
  while (logins.size() < count)
    logins.push_back({nasty_string(random), nasty_string(random)});
  return logins;
}

TEST_P(InjectionTest, TwoHundredNastyLoginsEachLogInAndChangeNothingElse) {
  std::size_t logged_in = 0;
  std::size_t refused = 0;
  for (const Login& login : nasty_logins(200)) {
    SCOPED_TRACE("user " + nlohmann::json(login.user).dump() + " password " +
                 nlohmann::json(login.password).dump());
    auto directory = std::make_shared<TempDir>();
    const Environment environment{{"NATS_AUTH_ENABLED", "true"},
                                  {"NATS_AUTH_USERNAME", login.user},
                                  {"NATS_AUTH_PASSWORD", login.password},
                                  {"NATS_SERVER_BIN", server().path},
                                  {"NATS_HOST", "127.0.0.1"},
                                  {"NATS_MAX_PAYLOAD", "2MB"},
                                  {"NATS_MAX_CONNECTIONS", "77"},
                                  {"RUN_DIR", *directory / "run"},
                                  {"JETSTREAM_STORE_DIR", *directory / "store"}};
    const FreePort port;
    const FreePort monitor_port;
    Environment all = environment;
    all["NATS_PORT"] = std::to_string(port.number());
    all["NATS_HTTP_PORT"] = std::to_string(monitor_port.number());
    const std::string conf = *directory / "nats.conf";
    const Finished rendered = run({.command = {entrypoint(), "render", "--output", conf},
                                   .environment = all,
                                   .directory = {}});
    if (rendered.status == 78) {
      ++refused;
      EXPECT_NE(rendered.output.find("NATS_AUTH"), std::string::npos) << rendered.output;
      continue;
    }
    ASSERT_EQ(rendered.status, 0) << rendered.output;

    Process bare({.command = {server().path, "-c", conf}, .environment = {}, .directory = {}});
    ASSERT_TRUE(bare.wait_for_output("Server is ready", 20s)) << bare.output();
    nats::ConnectOptions options;
    options.url = "nats://127.0.0.1:" + std::to_string(port.number());
    options.user = login.user;
    options.password = Secret{login.password};
    EXPECT_NO_THROW((void)NatsClient{options}.api_ok("INFO"));
    options.password = Secret{login.password + "x"};
    EXPECT_ANY_THROW(NatsClient{options});
    options.user = "evil";
    options.password = Secret{"evil"};
    EXPECT_ANY_THROW(NatsClient{options});

    const auto varz = http_get("127.0.0.1", monitor_port.number(), "/varz");
    ASSERT_TRUE(varz) << varz.error().message;
    const auto shown = nlohmann::json::parse(varz->body);
    EXPECT_EQ(shown.at("server_name"), "marketprism-nats-unified");
    EXPECT_EQ(shown.at("port"), port.number());
    EXPECT_EQ(shown.at("http_port"), monitor_port.number());
    EXPECT_EQ(shown.at("max_payload"), 2 * 1024 * 1024);
    EXPECT_EQ(shown.at("max_connections"), 77);
    EXPECT_EQ(shown.at("jetstream").at("config").at("max_storage"),
              std::int64_t{10} * 1024 * 1024 * 1024);
    ++logged_in;
  }
  EXPECT_EQ(logged_in + refused, 200U);
  EXPECT_GE(logged_in, 190U) << refused << " were refused";
}

TEST_P(InjectionTest, APasswordInBcryptShapeThatIsNoHashIsRefused) {
  TempDir directory;
  for (const char* password : {"$2a$10$abc", "$2b$12$", "$2y$05$0123456789"}) {
    const Finished finished = run({.command = {entrypoint(), "validate"},
                                   .environment = {{"NATS_AUTH_ENABLED", "true"},
                                                   {"NATS_AUTH_USERNAME", "u"},
                                                   {"NATS_AUTH_PASSWORD", password},
                                                   {"NATS_SERVER_BIN", server().path}},
                                   .directory = directory.path()});
    EXPECT_EQ(finished.status, 78) << finished.output;
    EXPECT_EQ(finished.output.find(password), std::string::npos) << finished.output;
  }
}

UNIFIED_ON_EVERY_SERVER(InjectionTest);

}  // namespace
}  // namespace unified::test
