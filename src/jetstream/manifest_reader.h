#pragma once

#include <string>
#include <vector>

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

/// Walks the parsed documents of a text, each in the form that its content shows; adds every
/// mistake, with FILE:LINE, to `errors`. What is wrong is left out of the result.
Manifest read_manifest(const std::vector<YAML::Node>& documents,
                       const ManifestSource& source,
                       ManifestErrors& errors);

}  // namespace unified::jetstream
