#include "support/unix_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace unified::test {

UnixClient::UnixClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

UnixClient::UnixClient(UnixClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      connected_(other.connected_) {}

UnixClient::~UnixClient() {
  if (socket_ >= 0)
    ::close(socket_);
}

void UnixClient::send(const std::string& text) const {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return;
    sent += static_cast<std::size_t>(count);
  }
}

UnixClient::Answer UnixClient::read(std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Answer answer;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0)
      return answer;
    const ssize_t count = ::read(socket_, buffer.data(), buffer.size());
    answer.closed = count <= 0;
    if (answer.closed)
      return answer;
    answer.text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace unified::test
