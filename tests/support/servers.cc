#include "support/servers.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "support/process.h"

namespace unified::test {
namespace {

bool in_ci() {
  const char* const value = std::getenv("CI");
  return value != nullptr && std::string{value} == "true";
}

// GTEST_SKIP and FAIL only leave the function they stand in.
void find_or_skip(const std::string& suite, NatsServer& server) {
  const Result<NatsServer> found = find_server(suite);
  if (found) {
    server = *found;
    std::cout << "nats-server " << to_text(server.version) << " (" << suite << ")\n";
    return;
  }
  if (in_ci())
    FAIL() << found.error().message;
  GTEST_SKIP() << found.error().message;
}

}  // namespace

Result<NatsServer> find_server(const std::string& suite) {
  const char* const folder = std::getenv("UNIFIED_TEST_SERVERS");
  const std::filesystem::path path =
      std::filesystem::path{folder == nullptr ? UNIFIED_TEST_SERVERS_DEFAULT : folder} / suite /
      "nats-server";
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return Error{"no nats-server of Debian " + suite + ": " + path.string() +
                 " is missing (run tests/support/fetch_servers)"};
  const Finished answer =
      run({.command = {path.string(), "--version"}, .environment = {}, .directory = {}});
  const auto version = parse_server_version(answer.output);
  if (answer.status != 0 || !version)
    return Error{path.string() + " --version says: " + answer.output};
  return NatsServer{.suite = suite, .path = path.string(), .version = *version};
}

void ServerTest::SetUp() {
  find_or_skip(GetParam(), server_);
}

void NewestServerTest::SetUp() {
  for (const char* const suite : {"sid", "trixie"})
    if (find_server(suite))
      return find_or_skip(suite, server_);
  find_or_skip("bookworm", server_);
}

}  // namespace unified::test
