#include "jetstream/manifest.h"

#include <algorithm>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "embedded/default_streams.h"
#include "jetstream/manifest_guard.h"
#include "jetstream/manifest_overlaps.h"
#include "jetstream/manifest_reader.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

/// Some messages, yaml-cpp's among them, quote the text as it is: no control character of a file
/// reaches a terminal or a log.
ManifestErrors printable(ManifestErrors errors) {
  for (std::string& error : errors)
    std::ranges::replace_if(
        error, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return errors;
}

std::string scalar_under(const YAML::Node& map, const std::string& key) {
  if (!map.IsMap())
    return {};
  for (const auto& pair : map)
    if (pair.first.IsScalar() && pair.first.Scalar() == key)
      return pair.second.IsScalar() ? pair.second.Scalar() : std::string{"…"};
  return {};
}

/// The formats that other tools write; named, so that nobody searches for the mistake in a correct
/// file.
std::string foreign_format(const YAML::Node& root) {
  if (scalar_under(root, "apiVersion").starts_with("jetstream.nats.io/"))
    return "this is a NACK manifest (apiVersion jetstream.nats.io): reading it comes with a later "
           "release; until then write it as streams: (README, \"Manifest\")";
  const bool has_config =
      !scalar_under(root, "config").empty() && scalar_under(root, "streams").empty();
  const bool has_stream =
      !scalar_under(root, "name").empty() && !scalar_under(root, "subjects").empty();
  if (has_config || has_stream)
    return "this is a stream configuration of the nats CLI (JSON): reading it comes with a later "
           "release; until then write it below streams: (durations in seconds, not nanoseconds)";
  return {};
}

ManifestErrors check_document(const YAML::Node& root, int documents, const std::string& file) {
  if (root.IsNull())
    return {fmt::format("{}:1: the manifest is empty; \"streams: []\" declares none", file)};
  if (const std::string foreign = foreign_format(root); !foreign.empty())
    return {fmt::format("{}:{}: {}", file, root.Mark().line + 1, foreign)};
  if (documents > 1)
    return {fmt::format("{}:1: more than one YAML document in a file", file)};
  if (!is_walkable(root))
    return {fmt::format("{}:1: nested too deeply, or aliases that multiply", file)};
  return {};
}

enum class Author : std::uint8_t { kUs, kAnybody };

Result<Manifest, ManifestErrors> read(const std::string& text,
                                      const std::string& file,
                                      const ManifestVariables& variables,
                                      Author author) {
  const int documents = author == Author::kUs ? 1 : count_yaml_documents(text);
  const YAML::Node root = documents == 0 ? YAML::Node{} : YAML::Load(text);
  ManifestErrors errors = check_document(root, documents, file);
  if (!errors.empty())
    return errors;
  Manifest manifest = read_manifest(root, {.file = file, .variables = variables}, errors);
  for (std::string& problem : manifest_problems(manifest.streams))
    errors.push_back(std::move(problem));
  if (!errors.empty())
    return errors;
  return manifest;
}

Result<Manifest, ManifestErrors> parse(std::string_view text,
                                       const std::string& file,
                                       const ManifestVariables& variables,
                                       Author author) {
  if (text.size() > kMaxBytes)
    return ManifestErrors{fmt::format("{}:1: larger than 1 MiB", file)};
  const std::string whole{text};
  if (nests_too_deeply(whole))
    return ManifestErrors{fmt::format("{}:1: nested too deeply", file)};
  try {
    return read(whole, file, variables, author);
  } catch (const YAML::Exception& error) {
    return ManifestErrors{
        fmt::format("{}:{}: not valid YAML: {}", file, error.mark.line + 1, error.msg)};
  }
}

}  // namespace

Result<Manifest, ManifestErrors> parse_manifest(std::string_view text,
                                                const std::string& file,
                                                const ManifestVariables& variables) {
  auto manifest = parse(text, file, variables, Author::kAnybody);
  if (!manifest)
    return printable(manifest.error());
  return manifest;
}

Result<Manifest, ManifestErrors> parse_built_in(std::string_view text,
                                                const std::string& file,
                                                const ManifestVariables& variables) {
  return parse(text, file, variables, Author::kUs);
}

std::string_view default_manifest() {
  return embedded::default_streams;
}

}  // namespace unified::jetstream
