#pragma once

#include <string>

#include "jetstream/manifest.h"

namespace YAML {  // NOLINT(readability-identifier-naming): theirs
class Node;
}

namespace unified::jetstream {

/// Where a manifest comes from and what its variables stand for. Refers to its parts.
struct ManifestSource {
  const std::string& file;
  const ManifestVariables& variables;
};

/// Walks a parsed document; adds every mistake, with FILE:LINE, to `errors`. What is wrong is left
/// out of the result.
Manifest read_manifest(const YAML::Node& root,
                       const ManifestSource& source,
                       ManifestErrors& errors);

}  // namespace unified::jetstream
