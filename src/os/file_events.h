#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// An inotify(7) descriptor, non-blocking.
Result<UniqueFd> make_file_events();

/// From now on `events` tells what is put into `folder`: written and closed, moved in, linked; and
/// when the folder itself goes away. What is removed from it is not told. The number that its
/// events carry. Follows links; blocks as long as the file system takes. Changes made on another
/// machine's side of a network file system are never seen.
Result<int> watch_folder(int events, const std::string& folder);

/// From now on `events` tells what is removed or moved out of `folder`, and when the folder itself
/// is. As watch_folder() otherwise.
Result<int> watch_removals(int events, const std::string& folder);

struct FileEvent {
  int folder = 0;    ///< as watch_folder() gave it
  std::string name;  ///< in that folder; empty: the folder has gone, or some events were lost
};

/// What has come so far; empty when nothing has.
std::vector<FileEvent> read_file_events(int events);

/// Whether the file at `path` (through links) was written, or put there, after `time`, or up to a
/// second before, for the clock of files is a coarse one. False when it is not there.
bool changed_since(const std::string& path, std::chrono::system_clock::time_point time);

}  // namespace unified::os
