#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// A file that is written piece by piece and is at its place (0600, replacing what was there) only
/// when finish() has returned: everything, its name too, is then on the disk. Until then it lies
/// beside it as `PATH.part`, which stays when the object ends early.
class SyncedFile {
 public:
  static Result<SyncedFile> create(const std::string& path);

  Result<void> append(std::string_view bytes);
  /// Returns when what was appended is on the disk as `PATH.part`.
  Result<void> sync();
  Result<void> finish();

 private:
  SyncedFile(std::string path, UniqueFd fd);

  std::string path_;
  UniqueFd fd_;
};

/// Where the file for `path` lies until finish().
std::string part_of(const std::string& path);

/// Renames, and returns when both directories are on the disk.
Result<void> rename_synced(const std::string& from, const std::string& to);

/// Returns when everything that was written to the file system of `path` is on the disk, whoever
/// wrote it.
Result<void> sync_file_system(const std::string& path);

}  // namespace unified::os
