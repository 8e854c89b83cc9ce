// The input is a manifest: whatever it says, it is read or refused with lines that can be shown;
// what is read is what a server can be asked for.

#include "fuzz/property.h"
#include "jetstream/bound.h"
#include "jetstream/manifest.h"
#include "jetstream/manifest_overlaps.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/subjects.h"

namespace unified::jetstream {
namespace {

using fuzz::require;

const ManifestVariables& variables() {
  static const ManifestVariables kVariables{
      .scalars = {{"STREAM_NAME", "MARKET_DATA"},
                  {"STREAM_MAX_AGE", "7200"},
                  {"STREAM_REPLICAS", "1"},
                  {"NASTY", "x\n  - name: EVIL\n    subjects: [evil.>]"}},
      .lists = {{"STREAM_SUBJECTS", {"a.>", "b.>"}}},
      .secrets = {"NATS_AUTH_PASSWORD"}};
  return kVariables;
}

void check_streams(const Manifest& manifest) {
  for (const StreamSpec& stream : manifest.streams) {
    require(is_valid_stream_name(stream.name), "a stream's name is one");
    require(stream.name != "EVIL", "a variable's value is never read as YAML");
    const bool has_origin = stream.config.contains("mirror") || stream.config.contains("sources");
    require(has_origin || !subjects_of(stream.config).empty(), "something feeds a stream");
    require(stream_problems(stream).empty(), "a stream that is read has no problem");
    (void)stream.config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  require(manifest_problems(manifest.streams).empty(), "streams that are read don't clash");
}

}  // namespace
}  // namespace unified::jetstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unified;
  const auto manifest =
      jetstream::parse_manifest(fuzz::text_of(data, size), "streams.yaml", jetstream::variables());
  if (manifest) {
    jetstream::check_streams(*manifest);
    return 0;
  }
  fuzz::require(!manifest.error().empty(), "a refusal has a reason");
  for (const std::string& line : manifest.error())
    fuzz::require(line.starts_with("streams.yaml:") && fuzz::is_printable(line),
                  "a refusal is a line that names the file and can be shown");
  return 0;
}
