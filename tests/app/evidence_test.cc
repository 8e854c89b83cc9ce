#include "app/evidence.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "os/unique_fd.h"

namespace unified::app {
namespace {

using namespace std::chrono_literals;

/// What is found of a port that this process holds, after a nats-server that found it taken.
std::optional<std::string> holder_found(std::chrono::milliseconds ago) {
  const os::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  supervise::Evidence evidence;
  evidence.said = {"listen tcp: bind: address already in use"};
  evidence.ports = {{"NATS_PORT", "NATS_HOST", ntohs(address.sin_port), std::nullopt}};
  (void)look_around(evidence, std::nullopt, ago);
  return evidence.ports.front().holder;
}

TEST(EvidenceTest, WhoHoldsThePortIsFound) {
  EXPECT_TRUE(holder_found(-1s)) << "this test may have begun just now";
}

TEST(EvidenceTest, AProcessThatWasStartedAfterTheIncidentIsNotBlamedForIt) {
  EXPECT_FALSE(holder_found(24h)) << "this test began less than a day ago";
}

}  // namespace
}  // namespace unified::app
