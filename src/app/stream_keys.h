#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace unified::app {

/// Keeps the keys of encrypted streams from being lost to a nats-server that replaces them
/// (jetstream::replaces_keys): below STORE_DIR/unified-meta/keys lies a copy of every pair of
/// meta.key and meta.inf.
///
/// nats-server encrypts meta.inf anew, with another nonce, whenever it is written. So a meta.inf
/// that is byte for byte what was kept belongs to the key that was kept, and another key beside it
/// can't open it (2.10.27).

/// Copies every pair that is not kept yet; all of it is on the disk when this returns. To be called
/// before a nats-server is started on an encrypted store, of whatever version: a package may have
/// replaced the program. Blocks.
Result<void> keep_stream_keys(const std::string& store_dir);

/// Puts a kept key back where another one stands beside the meta.inf that was kept with it; returns
/// a line for each. Only while no nats-server runs on the store: one that has the new key in its
/// memory would write meta.inf with that. Blocks.
Result<std::vector<std::string>> put_stream_keys_back(const std::string& store_dir);

/// Both, in the order that every start of a nats-server needs. `encrypted`: it has an encryption
/// key. Returns what to say. Blocks.
Result<std::vector<std::string>> prepare_stream_keys(const std::string& store_dir, bool encrypted);

}  // namespace unified::app
