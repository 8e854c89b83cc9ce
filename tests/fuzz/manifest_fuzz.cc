// The input is a manifest: whatever it says, it is read or refused with lines that can be shown;
// what is read is what a server can be asked for.

#include "base/subjects.h"
#include "fuzz/property.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/export.h"
#include "jetstream/manifest.h"
#include "jetstream/manifest_overlaps.h"
#include "jetstream/manifest_rules.h"

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

void check_consumers(const Manifest& manifest) {
  for (const ConsumerSpec& consumer : manifest.consumers) {
    require(is_valid_stream_name(consumer.stream), "a consumer's stream has a name");
    require(is_valid_consumer_name(consumer.name), "a consumer's name is one");
    require(!consumer.config.contains("filter_subject"), "one filter is a list of one");
    require(consumer_problems(consumer).empty(), "a consumer that is read has no problem");
  }
  require(consumer_set_problems(manifest).empty(), "consumers that are read don't clash");
  for (const std::string& warning : manifest.warnings)
    require(warning.starts_with("streams.yaml:") && fuzz::is_printable(warning),
            "a warning is a line that names the file and can be shown");
}

/// What is read can be written in every form.
void check_export(const Manifest& manifest) {
  std::vector<StreamState> streams;
  for (const StreamSpec& stream : manifest.streams)
    streams.push_back(
        {.name = stream.name, .config = stream.config, .first_ts = {}, .last_ts = {}});
  std::vector<ConsumerState> consumers;
  for (const ConsumerSpec& consumer : manifest.consumers) {
    consumers.push_back(
        {.stream = consumer.stream, .name = consumer.name, .config = consumer.config});
    consumers.back().config["durable_name"] = consumer.name;
  }
  for (const ExportFormat format :
       {ExportFormat::kOwn, ExportFormat::kNatscli, ExportFormat::kNack})
    (void)export_manifest(streams, consumers, format);
  const Exported own = export_manifest(streams, consumers, ExportFormat::kOwn);
  const auto again = parse_manifest(own.text, "streams.yaml", variables());
  require(!own.notes.empty() || own.text.size() > (std::size_t{1} << 20) || again.ok(),
          "what is written without a note is read again");
}

}  // namespace
}  // namespace unified::jetstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unified;
  const auto manifest =
      jetstream::parse_manifest(fuzz::text_of(data, size), "streams.yaml", jetstream::variables());
  if (manifest) {
    jetstream::check_streams(*manifest);
    jetstream::check_consumers(*manifest);
    jetstream::check_export(*manifest);
    return 0;
  }
  fuzz::require(!manifest.error().empty(), "a refusal has a reason");
  for (const std::string& line : manifest.error())
    fuzz::require(line.starts_with("streams.yaml:") && fuzz::is_printable(line),
                  "a refusal is a line that names the file and can be shown");
  return 0;
}
