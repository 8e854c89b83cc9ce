#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/result.h"
#include "base/server_version.h"

namespace unified::test {

/// A stock nats-server as a Debian suite ships it.
struct NatsServer {
  std::string suite;  ///< bookworm, trixie, sid
  std::string path;
  ServerVersion version;
};

/// $UNIFIED_TEST_SERVERS/SUITE/nats-server (tests/support/fetch_servers puts it there).
Result<NatsServer> find_server(const std::string& suite);

/// A test that runs once for every server. One that can't be had: skipped with the reason, a
/// failure when CI=true.
///   class StreamTest : public ServerTest {};
///   TEST_P(StreamTest, KeepsMessages) { Broker broker({.server = server()}); … }
///   UNIFIED_ON_EVERY_SERVER(StreamTest);
class ServerTest : public testing::TestWithParam<const char*> {
 public:
  void SetUp() override;
  [[nodiscard]] const NatsServer& server() const { return server_; }

 private:
  NatsServer server_;
};

/// For tests that need one server, whichever: the newest. Skips as ServerTest does.
class NewestServerTest : public testing::Test {
 public:
  void SetUp() override;
  [[nodiscard]] const NatsServer& server() const { return server_; }

 private:
  NatsServer server_;
};

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): INSTANTIATE_TEST_SUITE_P is one
#define UNIFIED_ON_EVERY_SERVER(suite)                                                   \
  INSTANTIATE_TEST_SUITE_P(Servers, suite, testing::Values("bookworm", "trixie", "sid"), \
                           [](const auto& each) { return std::string{each.param}; })

}  // namespace unified::test
