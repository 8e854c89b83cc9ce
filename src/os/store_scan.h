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

/// The folder of that stream of the default account, if there is one.
std::optional<std::string> stream_folder(const std::string& store_dir, const std::string& name);

/// Bytes in the files below `folder`; stops counting after 100,000 files.
std::int64_t bytes_below(const std::string& folder);

}  // namespace unified::os
