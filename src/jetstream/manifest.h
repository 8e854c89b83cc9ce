#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// What `${NAME}` in a manifest stands for.
struct ManifestVariables {
  std::map<std::string, std::string> scalars;
  std::map<std::string, std::vector<std::string>>
      lists;                      ///< a scalar that is exactly `${NAME}` becomes a sequence
  std::set<std::string> secrets;  ///< names that exist but must not be used here
};

struct Manifest : Declarations {
  std::set<std::string> used_variables;
  std::vector<std::string>
      warnings;  ///< each "FILE:LINE: …", for values that are taken all the same
};

/// Every mistake in the text, each "FILE:LINE: what is wrong (nearest name)".
using ManifestErrors = std::vector<std::string>;

/// Reads documents of any of three forms, told apart by content, several in a text if need be:
/// - ours: `streams:`, `consumers:` (also inside a stream), `kv:`, `object_stores:`, each a list
///   (`- name: X`) or a map (`X: {…}`), also below `nats:`. Plain durations are seconds. A consumer
///   that does not say its ack_policy gets `explicit`.
/// - JSON of the nats CLI: configurations of streams and consumers. Plain durations are
/// nanoseconds.
/// - NACK: kinds Stream, Consumer, KeyValue, ObjectStore of jetstream.nats.io. Durations have
/// units. Strings carry units everywhere, sizes nats-server's suffixes. Unknown keys are errors;
/// all that is declared is checked as one whole. Pure. `file` is used in messages.
Result<Manifest, ManifestErrors> parse_manifest(std::string_view text,
                                                const std::string& file,
                                                const ManifestVariables& variables);

/// The same for a text of ours (default_manifest(), presets()): parsed without the pass that guards
/// against hostile YAML, which takes as long again.
Result<Manifest, ManifestErrors> parse_built_in(std::string_view text,
                                                const std::string& file,
                                                const ManifestVariables& variables);

/// The manifest in the binary (templates/streams.yaml).
std::string_view default_manifest();

}  // namespace unified::jetstream
