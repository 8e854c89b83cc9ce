#pragma once

#include <string>
#include <vector>

#include "app/failure.h"
#include "base/result.h"
#include "config/settings.h"
#include "jetstream/manifest.h"

namespace unified::app {

struct LoadedManifest : jetstream::Declarations {
  std::string source;                 ///< the file, the folder, "preset NAME", or "built-in"
  std::vector<std::string> warnings;  ///< the readers' own, then STREAM_* that no manifest uses
};

/// Reads and checks what STREAMS_FILE names: a file, a folder of *.yaml, *.yml and *.json (in name
/// order) or, for a bare name that is neither, a preset (jetstream/presets.h); else
/// /app/config/streams.yaml, else the manifest in the binary. No streams with
/// JETSTREAM_ENABLED=false. Touches only files.
Result<LoadedManifest, Failure> load_manifest(const config::Settings& settings);

}  // namespace unified::app
