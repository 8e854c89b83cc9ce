#include "support/cut_connections.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include <netinet/in.h>

namespace unified::test {
namespace {

int peer_port(int socket) {
  sockaddr_in peer{};
  socklen_t length = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) != 0 ||
      peer.sin_family != AF_INET)
    return -1;
  return ntohs(peer.sin_port);
}

}  // namespace

bool cut_connections(pid_t process, int port) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  bool cut = false;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/fd", error}) {
    const int number = std::stoi(entry.path().filename().string());
    const int copy = static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, number, 0));
    if (copy < 0)
      continue;
    if (peer_port(copy) == port)
      cut = ::shutdown(copy, SHUT_RDWR) == 0 || cut;
    ::close(copy);
  }
  ::close(pidfd);
  return cut;
}

}  // namespace unified::test
