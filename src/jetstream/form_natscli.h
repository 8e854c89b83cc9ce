#pragma once

#include "jetstream/manifest_builder.h"

namespace unified::jetstream {

/// Whether the document is JSON of the nats CLI: a stream's or consumer's configuration, the answer
/// of `nats stream info -j` around one, or a list of them.
bool is_natscli_form(const YAML::Node& root);

/// Field names are ours; whole numbers of durations are nanoseconds. A consumer's stream is its
/// `stream_name`, beside its fields or beside `config`.
void read_natscli_form(const YAML::Node& root, ManifestBuilder& builder);

}  // namespace unified::jetstream
