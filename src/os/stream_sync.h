#pragma once

#include <string>

#include "base/result.h"

namespace unified::os {

/// Returns when the small files that make nats-server load a stream at its next start, and every
/// folder above them up to `store_dir`, are on the disk: meta.inf, meta.sum, meta.key, the key of
/// its first block. nats-server leaves them to the kernel for up to 30 s, and a stream whose
/// meta.inf is empty after a power loss is not loaded, with all its messages (2.9 to 2.15, issue
/// 13). Messages are not waited for. Nothing to do for a stream that has no folder: in memory, or
/// on another node. Blocks for as long as the disk takes.
Result<void> sync_stream(const std::string& store_dir, const std::string& stream);

/// The same for a consumer, with its state o.dat.
Result<void> sync_consumer(const std::string& store_dir,
                           const std::string& stream,
                           const std::string& consumer);

}  // namespace unified::os
