#include "os/trial_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "os/unique_fd.h"

namespace unified::os {
namespace {

bool means_no_room(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT;
}

/// Bytes that are really written: not every file system can reserve them.
int write_zeros(int fd, std::int64_t bytes) {
  const std::array<char, std::size_t{64} * 1024> zeros{};
  while (bytes > 0) {
    const auto piece = static_cast<std::size_t>(
        std::min<std::int64_t>(bytes, static_cast<std::int64_t>(zeros.size())));
    const ssize_t written = ::write(fd, zeros.data(), piece);
    if (written < 0 && errno != EINTR)
      return errno;
    bytes -= std::max<ssize_t>(written, 0);
  }
  return 0;
}

bool is_ours(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM ||
         error_number == EAGAIN;
}

TrialFailure failure(const char* call, const std::string& directory, int error_number) {
  const char* const name = ::strerrorname_np(error_number);
  return {system_error(fmt::format("{} in {} fails ({})", call, directory,
                                   name == nullptr ? "unknown errno" : name),
                       error_number)
              .message,
          is_ours(error_number)};
}

}  // namespace

std::optional<bool> refuses_write(const std::string& directory, std::int64_t bytes) {
  std::string path = directory + "/.unified-room-test-XXXXXX";
  const UniqueFd fd{::mkostemp(path.data(), O_CLOEXEC)};
  if (!fd)
    return means_no_room(errno) ? std::optional{true} : std::nullopt;
  (void)::unlink(path.c_str());  // at once: a crash must leave nothing
  const int error_number = write_zeros(fd.get(), bytes);
  if (error_number == 0)
    return false;
  return means_no_room(error_number) ? std::optional{true} : std::nullopt;
}

Result<void, TrialFailure> try_synced_write(const std::string& directory,
                                            std::int64_t offset,
                                            std::atomic<TrialStage>& stage) {
  stage = TrialStage::kWriting;
  constexpr std::int64_t kBytes = 4096;
  std::string path = directory + "/.unified-write-test-XXXXXX";
  const UniqueFd fd{::mkostemp(path.data(), O_CLOEXEC)};
  if (!fd)
    return failure("creating a file", directory, errno);
  (void)::unlink(path.c_str());  // at once: a crash must leave nothing
  if (::lseek(fd.get(), offset, SEEK_SET) < 0)
    return failure("seeking", directory, errno);
  if (const int error_number = write_zeros(fd.get(), kBytes); error_number != 0)
    return failure("writing", directory, error_number);
  stage = TrialStage::kSyncing;
  int result = 0;
  do
    result = ::fsync(fd.get());
  while (result != 0 && errno == EINTR);
  if (result != 0)
    return failure("fsync of a file", directory, errno);
  return {};
}

}  // namespace unified::os
