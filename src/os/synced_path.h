#pragma once

#include <string>

#include "base/result.h"

namespace unified::os {

/// Returns when the directory's entries are on the disk (fsync); also on a file system that has
/// nothing to sync for a directory. Blocks for as long as the disk takes.
Result<void> sync_folder(const std::string& path);

/// Returns when what is in the file or directory now is on the disk, whoever wrote it. False: there
/// is none. Other files' data is not waited for, as with syncfs(2). Blocks for as long as the disk
/// takes.
Result<bool> sync_if_there(const std::string& path);

}  // namespace unified::os
