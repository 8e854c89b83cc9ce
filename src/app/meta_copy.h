#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"

namespace unified::app {

/// More than any meta.* of nats-server has.
inline constexpr std::size_t kLongestMeta = std::size_t{16} << 20U;

/// Where our copies of nats-server's meta.* lie: STORE_DIR/unified-meta. nats-server takes no
/// folder there for an account (it looks for one with `streams` right in it, checkStoreDir, 2.9
/// to 2.15).
std::string meta_root(const std::string& store_dir);

/// Copies meta.inf, meta.sum and meta.key of every stream of every account, and of their consumers,
/// to a new folder STORE_DIR/unified-meta/TIME (TIME-1, … when there is one already), laid out as
/// STORE_DIR/jetstream is, and returns its path. All of it is on the disk by then; a copy that was
/// cut off is called `….part`. Errors: one file that can't be read, or written, is enough. Blocks.
Result<std::string> copy_meta_aside(const std::string& store_dir,
                                    std::chrono::system_clock::time_point now);

/// The oldest copy that was finished: of the state before any server replaced a key. An error:
/// there is none, or it can't be looked for.
Result<std::string> finished_meta_copy(const std::string& store_dir);

}  // namespace unified::app
