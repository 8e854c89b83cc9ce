#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace unified::os {

/// One stream folder as nats-server keeps it: STORE_DIR/jetstream/ACCOUNT/streams/NAME, or
/// STORE_DIR/ACCOUNT/streams/NAME, which its next start moves there ("JetStream relocated account",
/// 2.9 to 2.15).
struct StoredStream {
  std::string account;
  std::string name;
  std::string folder;
  bool encrypted = false;   ///< a meta.key lies beside meta.inf
  std::string config_json;  ///< content of meta.inf; empty when encrypted or unreadable
  /// What a CREATE that was cut off (by a kill, or a full disk) did not write: "meta.inf is
  /// missing"; empty for a whole one. nats-server never loads such a folder, nor removes it; the
  /// healthz of 2.10 and 2.15 stays 503 for it.
  std::string half_made;
  bool holds_messages = false;  ///< looked at only when half_made is not empty
};

/// The folders of streams, at most `most` of them, in no order; what can't be read is left out.
std::vector<std::string> stream_folders(const std::string& store_dir, std::size_t most);

/// Every stream folder below `store_dir`, by account and name; none when the directory does not
/// exist. Blocks on the file system. Fails when a directory exists and can't be read.
Result<std::vector<StoredStream>> scan_store(const std::string& store_dir);

/// A stream folder that is not whole (StoredStream::half_made).
struct HalfMade {
  std::string folder;
  std::string what;
  bool holds_messages = false;
};

/// All of them; quicker than scan_store(), for it reads no file. Blocks on the file system.
Result<std::vector<HalfMade>> half_made_streams(const std::string& store_dir);

/// Evidence that a stream of this name, of whatever account, is on disk: "folder …", or why that
/// can't be told. Nothing only when there provably is none: no folder, or one that a CREATE was cut
/// off in before it had written a configuration or a single byte of a message (every server,
/// 2.9 to 2.15, makes a whole stream of that when it is asked again).
std::optional<std::string> stream_evidence(const std::string& store_dir, const std::string& name);

/// The same for a consumer of a stream.
std::optional<std::string> consumer_evidence(const std::string& store_dir,
                                             const std::string& stream,
                                             const std::string& consumer);

/// Those of `names` that no account keeps complete files of (meta.inf and msgs): a server that has
/// them loaded goes on, and its next start does not find them. Fails when that can't be told.
Result<std::vector<std::string>> streams_without_files(const std::string& store_dir,
                                                       const std::vector<std::string>& names);

/// The folders of the messages of every stream of this name, of whatever account. None: no account
/// has such a stream. Fails when that can't be told.
Result<std::vector<std::string>> message_folders(const std::string& store_dir,
                                                 const std::string& name);

/// Whether the store was ever used in a cluster: nats-server keeps the meta group's state in it
/// (2.9 to 2.15).
bool has_cluster_state(const std::string& store_dir);

/// Bytes in the files below `folder`; stops counting after 100,000 files.
std::int64_t bytes_below(const std::string& folder);

}  // namespace unified::os
