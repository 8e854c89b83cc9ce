#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "base/server_version.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// A stream as the marker remembers it.
struct MarkedStream {
  std::string name;
  std::vector<std::string> subjects;
  std::string storage;  ///< file, memory
  std::int64_t max_bytes = -1;
  std::int64_t num_replicas = 1;
};

/// A small file of ours in the store: how this store was last used, for the comparison before the
/// next start.
struct StoreMarker {
  static constexpr int kFormat = 1;
  int format = kFormat;
  std::string server_version;
  bool encrypted = false;
  std::string key_fingerprint;  ///< empty when not encrypted; never the key; guessing it from this
                                ///< is slow, so the file is 0600 all the same
  std::optional<bool> clustered;  ///< as the last start was; markers of before do not say
  std::int64_t max_memory = 0;
  std::int64_t max_file = 0;
  std::vector<MarkedStream> streams;  ///< the declared ones
};

/// Indented JSON with a final newline.
std::string to_text(const StoreMarker& marker);
/// Unknown keys are ignored. Errors: not JSON, a format newer than ours, a wrong type.
Result<StoreMarker> parse_marker(const std::string& text);

/// A folder of a stream in the store.
struct StoredStream {
  std::string account;  ///< "$G"
  std::string name;
  std::string folder;           ///< for messages
  bool encrypted = false;       ///< it holds a meta.key
  std::int64_t bytes = 0;       ///< of its files; 0 when not counted
  nlohmann::json config;        ///< from meta.inf; null when encrypted or not readable
  std::string half_made;        ///< what is missing in it; empty: it is whole
  bool holds_messages = false;  ///< a half-made one does
};

/// Another store that was used before, or a usual place of one.
struct OtherStore {
  std::string path;
  std::int64_t streams = 0;
  std::int64_t bytes = 0;
};

/// What is on disk. Filled by the scan in os/.
struct StoreFacts {
  std::string path;
  bool cluster_state = false;  ///< nats-server was clustered here before
  bool emptied = false;        ///< the last start used this very place, and nothing is there now
  std::vector<StoredStream> streams;
  std::vector<OtherStore> elsewhere;
  std::map<std::string, std::string> migrating;  ///< streams on their way, and the journal's folder
  std::set<std::string> saved;                   ///< streams of which a migration kept a backup
};

/// What is about to run.
struct Wanted {
  ServerVersion version;
  bool clustered = false;
  std::string key_fingerprint;  ///< empty: no encryption
  std::int64_t max_memory = 0;  ///< negative: the server chooses
  std::int64_t max_file = 0;
  std::vector<StreamSpec> streams;
  Allowed allowed;
  bool copy_meta = false;  ///< JETSTREAM_UPGRADE_COPY_META
};

struct PreflightReport {
  std::vector<std::string>
      errors;  ///< the start would lose sight of messages or of streams: exit 78
  std::vector<std::string> warnings;
  /// Before the server starts, every meta.* in the store has to be copied aside: it may replace the
  /// keys of encrypted streams (check_upgrade).
  bool copy_meta = false;
};

/// Compares before the server starts (DESIGN.md, "marker"). No marker (first start, or a store of
/// the old stack): only what the disk itself shows. Pure.
PreflightReport preflight(const StoreFacts& on_disk,
                          const std::optional<StoreMarker>& marker,
                          const Wanted& wanted);

/// What to say about a folder in which `what` is missing (StoredStream::half_made), with messages
/// in it or without. Pure.
std::string half_made_text(const std::string& folder, const std::string& what, bool holds_messages);

/// The marker for what runs now: the declared streams, with the limits that they have on the server
/// (`actual`), which are what it reserves at its next start.
StoreMarker make_marker(const Wanted& wanted, const std::vector<StreamState>& actual);

}  // namespace unified::jetstream
