#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "health/snapshot.h"
#include "jetstream/reconciler.h"

namespace unified::app {

/// What the store's file system says about its room.
struct DiskLook {
  std::optional<health::DiskFacts> disk;  ///< none: it can't be read
  std::optional<bool> refused_us;         ///< a trial of as many bytes as a message may have
};

/// Reads the free space and tries a write. Blocks on the disk.
DiskLook look_for_room(const std::string& store_dir, std::int64_t trial_bytes);

/// Runs `reconcile`, on a full disk so that no stream is created or changed: 2.9 and 2.10 would
/// leave a torn configuration behind, and never load that stream again. A start is put off instead,
/// with a report that says so; a look for drift only looks. Blocks on the disk.
jetstream::ReconcileReport reconcile_with_room(
    const std::string& store_dir,
    jetstream::ReconcileOptions options,
    const std::function<jetstream::ReconcileReport(const jetstream::ReconcileOptions&)>& reconcile);

}  // namespace unified::app
