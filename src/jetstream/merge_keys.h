#pragma once

#include <yaml-cpp/yaml.h>

namespace unified::jetstream {

/// Puts the keys of `<<: *other`, or of each of `<<: [*one, *other]`, into the map that has it, but
/// for those that it has itself (YAML 1.1, "merge"); yaml-cpp leaves that to its callers. Where the
/// value is no map, nor a list of maps, the key stays. Keys and values keep their positions. Only
/// for documents that is_walkable() allows.
void expand_merge_keys(YAML::Node root);

}  // namespace unified::jetstream
