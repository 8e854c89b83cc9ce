// Whatever a value holds, nats-server reads back exactly that from what we quote: two strings a
// login, the user's name and the password, thousands of logins a server.

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "base/bcrypt.h"
#include "render/conf_string.h"
#include "render/quote.h"
#include "support/bare_server.h"
#include "support/nasty_pieces.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogins = 5'000;

struct Login {
  std::string user;
  std::string password;
};

std::string nasty_string(std::mt19937& random) {
  std::uniform_int_distribution<std::size_t> length{1, 12};
  std::uniform_int_distribution<std::size_t> pick{0, nasty_pieces().size() - 1};
  std::uniform_int_distribution<int> ascii{0, 127};  // NUL and every control character with it
  std::bernoulli_distribution as_piece{0.5};
  std::string text;
  for (std::size_t i = length(random); i > 0; --i)
    text += as_piece(random) ? nasty_pieces()[pick(random)]
                             : std::string(1, static_cast<char>(ascii(random)));
  return text;
}

/// The fuzz target's inputs that a client can send: its JSON is UTF-8.
std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  for (const auto& entry :
       fs::directory_iterator{UNIFIED_SOURCE_DIR "/tests/fuzz/corpus/quoting"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    try {
      (void)nlohmann::json(text).dump();
      texts.push_back(std::move(text));
    } catch (const nlohmann::json::exception&) {
      continue;
    }
  }
  return texts;
}

/// Different names; nothing that nats-server would take for a bcrypt hash (we refuse those).
std::vector<Login> logins() {
  std::mt19937 random{20261121};
  std::set<std::string> names;
  std::vector<Login> all;
  const auto add = [&](const std::string& user, const std::string& password) {
    if (!user.empty() && !has_bcrypt_shape(password) && names.insert(user).second)
      all.push_back({user, password});
  };
  for (const std::string& text : corpus())
    add(text, text);
  while (all.size() < kLogins) {
    const std::string user = nasty_string(random);
    add(user, nasty_string(random));
  }
  return all;
}

std::string users_block(const std::vector<Login>& logins) {
  std::string block = "authorization {\n  users: [\n";
  for (const Login& login : logins)
    block += fmt::format("    {{ user: {}, password: {} }}\n", render::quote(login.user),
                         render::quote(login.password));
  return block + "  ]\n}\n";
}

/// A login over the raw protocol: "PONG", or what the server says instead.
std::string login(int port, const Login& as) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const nlohmann::json body{
      {"verbose", false}, {"pedantic", false}, {"user", as.user}, {"pass", as.password}};
  const std::string request = "CONNECT " + body.dump() + "\r\nPING\r\n";
  std::string said;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> buffer{};
    for (ssize_t count = 1;
         count > 0 && !said.ends_with("PONG\r\n") && said.find("-ERR") == std::string::npos;) {
      count = recv(fd, buffer.data(), buffer.size(), 0);
      said.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }
  }
  close(fd);
  const std::size_t refusal = said.find("-ERR");
  return said.ends_with("PONG\r\n")     ? "PONG"
         : refusal == std::string::npos ? "no answer"
                                        : said.substr(refusal);
}

class NastyStringsTest : public ServerTest {};

TEST_P(NastyStringsTest, TenThousandSurviveTheWayThroughTheServer) {
  const std::vector<Login> all = logins();
  const BareServer bare({.server = server(), .config = users_block(all), .jetstream = false});

  for (const Login& each : all) {
    ASSERT_EQ(login(bare.port(), each), "PONG") << nlohmann::json{each.user, each.password}.dump();
    // The model that the fuzz target trusts reads what the server read.
    ASSERT_EQ(render::read_conf_string(render::quote(each.password)), each.password);
  }
  for (std::size_t i = 0; i < all.size(); i += 100)
    ASSERT_NE(login(bare.port(), {all[i].user, all[i].password + "x"}), "PONG") << i;
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         NastyStringsTest,
                         testing::Values("bookworm", "sid"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
