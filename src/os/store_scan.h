#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace unified::os {

/// One stream folder as nats-server keeps it: STORE_DIR/jetstream/ACCOUNT/streams/NAME (2.9
/// to 2.15).
struct StoredStream {
  std::string account;
  std::string name;
  std::string folder;
  bool encrypted = false;   ///< a meta.key lies beside meta.inf
  std::string config_json;  ///< content of meta.inf; empty when encrypted or unreadable
};

/// Every stream folder below `store_dir`, by account and name; none when the directory does not
/// exist. Blocks on the file system. Fails when a directory exists and can't be read.
Result<std::vector<StoredStream>> scan_store(const std::string& store_dir);

/// Evidence that a stream of this name, of whatever account, is on disk: "folder …", or why that
/// can't be told. Nothing only when there provably is none.
std::optional<std::string> stream_evidence(const std::string& store_dir, const std::string& name);

/// Whether the store was ever used in a cluster: nats-server keeps the meta group's state in it
/// (2.9 to 2.15).
bool has_cluster_state(const std::string& store_dir);

/// Bytes in the files below `folder`; stops counting after 100,000 files.
std::int64_t bytes_below(const std::string& folder);

}  // namespace unified::os
