#pragma once

#include <string>

#include <yaml-cpp/yaml.h>

#include "jetstream/manifest_builder.h"

namespace unified::jetstream {

/// A field of `spec` that is for the operator, not for the server: preventDelete, servers, creds …
/// False for every other key. What is harmless is warned about, what would mean another server or
/// account refused; empty values mean nothing.
bool read_operator_field(const std::string& key,
                         const YAML::Node& node,
                         const YAML::Node& at,
                         ManifestBuilder& builder);

}  // namespace unified::jetstream
