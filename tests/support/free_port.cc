#include "support/free_port.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include <arpa/inet.h>

namespace unified::test {
namespace {

constexpr int kFirst = 20'000;
constexpr int kCount = 10'000;

// Holds the lock file's descriptor, or -1 when another test has this port.
int try_lock(int port) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("unified-ports-" + std::to_string(getuid()));
  mkdir(folder.c_str(), 0700);
  const auto file = folder / std::to_string(port);
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    throw std::runtime_error{"cannot open " + file.string()};
  if (flock(lock, LOCK_EX | LOCK_NB) == 0)
    return lock;
  close(lock);
  return -1;
}

bool is_unused(int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  const bool bound = bind(probe, std::bit_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return bound;
}

}  // namespace

FreePort::FreePort() {
  std::random_device random;
  const int start = std::uniform_int_distribution<int>{0, kCount - 1}(random);
  for (int i = 0; i < kCount; ++i) {
    number_ = kFirst + (start + i) % kCount;
    lock_ = try_lock(number_);
    if (lock_ >= 0 && is_unused(number_))
      return;
    if (lock_ >= 0)
      close(lock_);
  }
  throw std::runtime_error{"no free port"};
}

FreePort::FreePort(FreePort&& other) noexcept
    : number_(other.number_),
      lock_(std::exchange(other.lock_, -1)) {}

FreePort::~FreePort() {
  if (lock_ >= 0)
    close(lock_);
}

}  // namespace unified::test
