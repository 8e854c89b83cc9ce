#pragma once

#include <string>

#include "jetstream/manifest.h"

namespace unified::jetstream {

/// What parse_manifest() finds wrong, a line each, or "no error".
inline std::string errors_of(const std::string& text, const ManifestVariables& variables = {}) {
  const auto manifest = parse_manifest(text, "f.yaml", variables);
  if (manifest)
    return "no error";
  std::string all;
  for (const std::string& error : manifest.error())
    all += error + "\n";
  return all;
}

}  // namespace unified::jetstream
