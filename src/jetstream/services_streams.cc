#include "jetstream/services_streams.h"

#include <algorithm>
#include <string>

#include "jetstream/manifest.h"
#include "jetstream/presets.h"

namespace unified::jetstream {

std::vector<StreamSpec> with_services_own(const std::vector<StreamSpec>& declared) {
  const std::vector<Preset> known = presets();
  const auto preset = std::ranges::find(known, "broker", &Preset::name);
  const ManifestVariables one_node{
      .scalars = {{"STREAM_REPLICAS", "1"}}, .lists = {}, .secrets = {}};
  const auto built_in = parse_built_in(preset->text, std::string{preset->file}, one_node);
  std::vector<StreamSpec> all;
  if (built_in)
    for (const StreamSpec& stream : built_in->streams)
      if (std::ranges::find(declared, stream.name, &StreamSpec::name) == declared.end())
        all.push_back(stream);
  all.insert(all.end(), declared.begin(), declared.end());
  return all;
}

}  // namespace unified::jetstream
