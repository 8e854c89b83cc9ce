#pragma once

#include <yaml-cpp/yaml.h>

#include "jetstream/manifest_builder.h"

namespace unified::jetstream {

/// One custom resource.
struct NackObject {
  const YAML::Node& at;    ///< where its position is
  const YAML::Node& spec;  ///< a map
};

void read_nack_stream(const NackObject& object, ManifestBuilder& builder);
void read_nack_consumer(const NackObject& object, ManifestBuilder& builder);
void read_nack_kv(const NackObject& object, ManifestBuilder& builder);
void read_nack_object_store(const NackObject& object, ManifestBuilder& builder);

}  // namespace unified::jetstream
