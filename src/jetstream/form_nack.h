#pragma once

#include "jetstream/manifest_builder.h"

namespace unified::jetstream {

/// Whether the document is an object of Kubernetes, whatever its kind.
bool is_nack_form(const YAML::Node& root);

/// An object of NACK, the JetStream controller for Kubernetes: kinds Stream, Consumer, KeyValue,
/// ObjectStore of jetstream.nats.io/v1beta1 and v1beta2, or a List of them. Its defaults where they
/// are dangerous (memory storage) are taken with a warning; fields that mean another server or
/// account are refused.
void read_nack_form(const YAML::Node& root, ManifestBuilder& builder);

}  // namespace unified::jetstream
