#include "os/store_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "os/store_scan.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

/// So that a start is not late for it.
constexpr std::size_t kStreamsLookedAt = 10'000;

/// msgs/N.blk with the highest N; empty when there is none.
std::string newest_block(const fs::path& stream) {
  std::string newest;
  std::uint64_t highest = 0;
  std::error_code error;
  fs::directory_iterator entries{stream / "msgs", error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
    const fs::path& path = entries->path();
    const std::string number = path.stem().string();
    std::uint64_t value = 0;
    const auto [end, failure] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    if (path.extension() != ".blk" || failure != std::errc{} || value < highest)
      continue;
    highest = value;
    newest = path.string();
  }
  return newest;
}

bool is_open_for_writing(const std::string& file) {
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd)
    return false;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): fcntl(2) is one
  if (::fcntl(fd.get(), F_SETLEASE, F_RDLCK) != 0)
    return errno == EAGAIN;
  ::fcntl(fd.get(), F_SETLEASE, F_UNLCK);
  // NOLINTEND(cppcoreguidelines-pro-type-vararg)
  return false;
}

}  // namespace

Result<LockAttempt> try_lock_store(const std::string& directory) {
  UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return system_error("cannot open " + directory, errno);
  return try_lock(std::move(fd), directory);
}

std::optional<std::string> block_open_for_writing(const std::string& directory) {
  const auto streams = stream_folders(directory, kStreamsLookedAt);
  for (const std::string& stream : streams)
    if (std::string block = newest_block(stream); !block.empty() && is_open_for_writing(block))
      return block;
  return std::nullopt;
}

}  // namespace unified::os
