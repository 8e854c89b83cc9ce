#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

enum class ExportFormat : std::uint8_t {
  kOwn,      ///< our YAML
  kNatscli,  ///< JSON of the nats CLI: one object, or a list of them
  kNack,     ///< custom resources of NACK, a YAML document each
};

/// `yaml`, `natscli`, `nack`.
std::optional<ExportFormat> parse_export_format(std::string_view text);

struct Exported {
  std::string text;
  /// What the form or a manifest can't say, each a line that names the object. In YAML they are
  /// comments at the top, too.
  std::vector<std::string> notes;
};

/// What a server has as a manifest that parse_manifest() reads again, with the same meaning.
/// Streams that are buckets become buckets; only durable consumers, whose streams need not be among
/// `streams`. What a server adds by itself (`_nats.*` metadata) and fields at their defaults are
/// left out. Pure.
Exported export_manifest(const std::vector<StreamState>& streams,
                         const std::vector<ConsumerState>& consumers,
                         ExportFormat format);

}  // namespace unified::jetstream
