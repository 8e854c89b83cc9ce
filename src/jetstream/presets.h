#pragma once

#include <string_view>
#include <vector>

namespace unified::jetstream {

/// A manifest in the binary that STREAMS_FILE may name instead of a file.
struct Preset {
  std::string_view name;  ///< "broker"
  std::string_view file;  ///< of templates/, for messages: "streams.broker.yaml"
  std::string_view text;
};

/// All of them, the default one first. The texts live for ever.
std::vector<Preset> presets();

}  // namespace unified::jetstream
