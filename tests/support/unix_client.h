#pragma once

#include <chrono>
#include <string>

namespace unified::test {

/// A client of a unix socket that may say anything, or nothing.
class UnixClient {
 public:
  UnixClient() = default;
  explicit UnixClient(const std::string& path);
  UnixClient(UnixClient&& other) noexcept;
  UnixClient(const UnixClient&) = delete;
  UnixClient& operator=(const UnixClient&) = delete;
  UnixClient& operator=(UnixClient&&) = delete;
  ~UnixClient();

  [[nodiscard]] bool connected() const { return connected_; }
  /// As much as the other side takes.
  void send(const std::string& text) const;
  /// All that comes until the other side closes; `closed` tells whether it did within `limit`.
  struct Answer {
    std::string text;
    bool closed = false;
  };
  [[nodiscard]] Answer read(std::chrono::milliseconds limit) const;

 private:
  int socket_ = -1;
  bool connected_ = false;
};

}  // namespace unified::test
