#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace unified::os {

/// Whether the file system refuses a write of `bytes` in `directory` for want of room, of inodes
/// or of quota; nothing when that can't be told (another error). Leaves no file behind. Blocks on
/// the disk.
std::optional<bool> refuses_write(const std::string& directory, std::int64_t bytes);

/// What a trial is at, also to be read while it hangs.
enum class TrialStage { kWriting, kSyncing };

/// Why a trial was not written.
struct TrialFailure {
  std::string message;   ///< the call, the directory, and errno in words and by name
  bool is_ours = false;  ///< EMFILE, ENFILE, ENOMEM, EAGAIN: nothing is known of the file system
};

/// Writes 4 KiB at `offset` into a new file in `directory`, has them reach the disk (fsync) and
/// leaves no file behind. `stage` says where it is: kSyncing from the fsync on. Blocks on the disk,
/// for ever if the disk does not answer.
Result<void, TrialFailure> try_synced_write(const std::string& directory,
                                            std::int64_t offset,
                                            std::atomic<TrialStage>& stage);

}  // namespace unified::os
