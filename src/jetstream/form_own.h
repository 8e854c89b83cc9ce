#pragma once

#include "jetstream/manifest_builder.h"

namespace unified::jetstream {

/// Whether the document has a root of ours at its top: streams, consumers, kv …
bool is_own_form(const YAML::Node& root);

/// Our YAML: `streams:`, `consumers:`, `kv:` (or `key_value:`), `object_stores:`, each as a list or
/// a map, also below a `nats:` root. Plain durations are seconds.
void read_own_form(const YAML::Node& root, ManifestBuilder& builder);

/// The consumers of a list or map; `stream`: the one that they stand in, empty at the top.
void read_own_consumers(const YAML::Node& consumers,
                        const std::string& stream,
                        ManifestBuilder& builder);

/// Buckets of a list or map.
void read_own_kv(const YAML::Node& buckets, ManifestBuilder& builder);
void read_own_object_stores(const YAML::Node& stores, ManifestBuilder& builder);

/// `allow:` of an object: a list, or text with commas, of lossy, irreversible, recreate; empty:
/// nothing.
std::optional<Allowed> read_allow(const YAML::Node& node, ManifestBuilder& builder);

}  // namespace unified::jetstream
