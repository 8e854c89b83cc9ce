// Preloaded (LD_PRELOAD) into a program under test: one of its requests to nats-server goes out
// late, what was written before it at once. Widens the window of a race.
//
//   SLOW_REQUEST=A,B    the first request that has one of these texts in its subject …
//   SLOW_REQUEST_MS=N   … goes out so many milliseconds later
//   SLOW_REQUEST_FILE=F this file is there from then on, and `F.sent` once it has gone out
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace {

using Send = ssize_t (*)(int, const void*, std::size_t, int);

Send next_send() {
  return reinterpret_cast<Send>(::dlsym(RTLD_NEXT, "send"));
}

std::string setting(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string{} : std::string{text};
}

void leave(const std::string& file) {
  if (!file.empty())
    ::close(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

/// Where the protocol line begins that has one of the texts; nothing: there is none.
std::optional<std::size_t> request_in(std::string_view data) {
  const std::string wanted = setting("SLOW_REQUEST");
  for (std::size_t begin = 0; begin < wanted.size();) {
    const std::size_t end = std::min(wanted.find(',', begin), wanted.size());
    const std::string text = wanted.substr(begin, end - begin) + " ";
    begin = end + 1;
    const std::size_t found = data.find(text);
    if (found == std::string_view::npos)
      continue;
    const std::size_t line = data.rfind('\n', found);
    return line == std::string_view::npos ? 0 : line + 1;
  }
  return std::nullopt;
}

void rest() {
  const long milliseconds = std::strtol(setting("SLOW_REQUEST_MS").c_str(), nullptr, 10);
  const timespec time{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  ::nanosleep(&time, nullptr);
}

std::atomic<bool> done{false};

}  // namespace

extern "C" ssize_t send(int socket, const void* data, std::size_t size, int flags) {
  const std::string_view text{static_cast<const char*>(data), size};
  if (done || text.find("PUB ") == std::string_view::npos)
    return next_send()(socket, data, size, flags);
  const auto at = request_in(text);
  if (!at || done.exchange(true))
    return next_send()(socket, data, size, flags);
  // The caller writes what is left when less than all was written.
  if (*at > 0) {
    done = false;
    return next_send()(socket, data, *at, flags);
  }
  const std::string file = setting("SLOW_REQUEST_FILE");
  leave(file);
  rest();
  const ssize_t sent = next_send()(socket, data, size, flags);
  leave(file.empty() ? file : file + ".sent");
  return sent;
}
