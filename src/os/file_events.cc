#include "os/file_events.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace unified::os {

Result<UniqueFd> make_file_events() {
  UniqueFd fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!fd)
    return system_error("cannot watch files", errno);
  return fd;
}

Result<int> watch_folder(int events, const std::string& folder) {
  const int number =
      ::inotify_add_watch(events, folder.c_str(),
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVED_FROM | IN_DELETE |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
  if (number < 0)
    return system_error("cannot watch " + folder, errno);
  return number;
}

Result<int> watch_removals(int events, const std::string& folder) {
  const int number =
      ::inotify_add_watch(events, folder.c_str(),
                          IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
  if (number < 0)
    return system_error("cannot watch " + folder, errno);
  return number;
}

std::vector<FileEvent> read_file_events(int events) {
  std::vector<FileEvent> found;
  alignas(inotify_event) std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t length = ::read(events, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR)
      continue;
    if (length <= 0)
      return found;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, &buffer.at(at), sizeof event);
      found.push_back({event.wd, event.len == 0 ? "" : std::string{&buffer.at(at + sizeof event)}});
      at += sizeof event + event.len;
    }
  }
}

bool changed_since(const std::string& path, std::chrono::system_clock::time_point time) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0)
    return false;
  const auto changed = seconds{found.st_ctim.tv_sec} + nanoseconds{found.st_ctim.tv_nsec};
  return changed + seconds{1} >= time.time_since_epoch();
}

}  // namespace unified::os
