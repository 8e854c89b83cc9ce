#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace unified::os {

/// Whether a file must be there after a power cut. kQuick saves the two fsyncs and waits for no
/// disk (milliseconds), for what is made anew at every start and has no reader meanwhile.
enum class Durability { kSynced, kQuick };

/// Puts a complete file at `path`, or (kSynced) leaves what was there: temporary file in the same
/// directory, fsync, rename, fsync of the directory (kQuick: the old file is removed, then rename:
/// for a moment there is none, and a power cut may leave it empty). Exactly `mode` whatever the
/// umask. A symbolic link at `path` is replaced, not followed; after a failure nothing of ours is
/// left. (Reading is read_text_file().)
Result<void> write_file_atomically(const std::string& path,
                                   std::string_view content,
                                   mode_t mode,
                                   Durability durability = Durability::kSynced);

/// Puts `content` at `path` by writing it over `reserve`, a file of ours in the same directory that
/// is no shorter, and renaming that: needs no room. False: there is no such file, or even that
/// failed; then `path` is as it was.
bool replace_with_reserve(const std::string& path,
                          const std::string& reserve,
                          std::string_view content,
                          mode_t mode);

}  // namespace unified::os
