#include "jetstream/manifest.h"

#include <algorithm>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "embedded/default_streams.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/json_text.h"
#include "jetstream/manifest_guard.h"
#include "jetstream/manifest_overlaps.h"
#include "jetstream/manifest_reader.h"
#include "jetstream/merge_keys.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

/// Some messages, yaml-cpp's among them, quote the text as it is: no control character of a file
/// reaches a terminal or a log.
std::vector<std::string> printable(std::vector<std::string> lines) {
  for (std::string& line : lines)
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return lines;
}

/// The documents that hold something.
std::vector<YAML::Node> documents_in(const std::string& text) {
  std::vector<YAML::Node> documents = YAML::LoadAll(text);
  std::erase_if(documents, [](const YAML::Node& root) { return root.IsNull(); });
  return documents;
}

enum class Author : std::uint8_t { kUs, kAnybody };

Result<Manifest, ManifestErrors> read(const std::string& text,
                                      const std::string& file,
                                      const ManifestVariables& variables,
                                      Author author) {
  if (author == Author::kAnybody)
    refuse_endless_yaml(text);
  const std::vector<YAML::Node> documents = documents_in(text);
  if (documents.empty())
    return ManifestErrors{
        fmt::format("{}:1: the manifest is empty; \"streams: []\" declares none", file)};
  if (author == Author::kAnybody && !is_walkable(documents))
    return ManifestErrors{fmt::format("{}:1: nested too deeply, or aliases that multiply", file)};
  if (author == Author::kAnybody)
    std::ranges::for_each(documents, expand_merge_keys);
  ManifestErrors errors;
  Manifest manifest = read_manifest(documents, {.file = file, .variables = variables}, errors);
  for (std::string& problem : manifest_problems(manifest.streams))
    errors.push_back(std::move(problem));
  for (std::string& problem : consumer_set_problems(manifest))
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
  const std::string whole = with_whole_characters(std::string{text});
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
  manifest->warnings = printable(std::move(manifest->warnings));
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
