#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include <netinet/in.h>

namespace unified::test {

/// A TCP connection to a port of 127.0.0.1 that says nothing by itself, open until its end.
class SilentClient {
 public:
  explicit SilentClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  SilentClient(SilentClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_) {}
  SilentClient(const SilentClient&) = delete;
  SilentClient& operator=(const SilentClient&) = delete;
  SilentClient& operator=(SilentClient&&) = delete;
  ~SilentClient() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  [[nodiscard]] bool connected() const { return connected_; }
  void say(std::string_view text) const {
    (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace unified::test
