#include "jetstream/manifest.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/nearest.h"
#include "embedded/default_streams.h"
#include "jetstream/manifest_reader.h"
#include "jetstream/manifest_rules.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

/// yaml-cpp keeps anchors as shared nodes, so a bomb is small until somebody walks it.
class NodeBudget {
 public:
  [[nodiscard]] bool covers(const YAML::Node& node, int depth = 0) {
    constexpr int kMaxNodes = 100'000;
    constexpr int kMaxDepth = 16;
    if (++seen_ > kMaxNodes || depth > kMaxDepth)
      return false;
    for (const auto& child : node) {
      const bool is_pair = node.IsMap();
      if (is_pair && (!covers(child.first, depth + 1) || !covers(child.second, depth + 1)))
        return false;
      if (!is_pair && !covers(child, depth + 1))
        return false;
    }
    return true;
  }

 private:
  int seen_ = 0;
};

/// Whether the text could make the parser recurse deeply: it does so before anyone can look at a
/// node.
bool nests_too_deeply(std::string_view text) {
  constexpr int kMaxOpen = 64;
  int open = 0;
  int dashes = 0;
  for (const char c : text) {
    if (c == '[' || c == '{')
      ++open;
    else if ((c == ']' || c == '}') && open > 0)
      --open;
    dashes = c == '\n' ? 0 : dashes + (c == '-' || c == '?' || c == ':' ? 1 : 0);
    if (open > kMaxOpen || dashes > 4 * kMaxOpen)
      return true;
  }
  return false;
}

std::vector<YAML::Node> load_documents(std::string_view text) {
  std::vector<YAML::Node> documents;
  for (YAML::Node& document : YAML::LoadAll(std::string{text}))
    if (!document.IsNull())
      documents.push_back(document);
  return documents;
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

ManifestErrors check_documents(const std::vector<YAML::Node>& documents, const std::string& file) {
  if (documents.empty())
    return {fmt::format("{}:1: the manifest is empty; \"streams: []\" declares none", file)};
  const YAML::Node& root = documents.front();
  if (const std::string foreign = foreign_format(root); !foreign.empty())
    return {fmt::format("{}:{}: {}", file, root.Mark().line + 1, foreign)};
  if (documents.size() > 1)
    return {fmt::format("{}:{}: more than one YAML document in a file", file,
                        documents[1].Mark().line + 1)};
  if (NodeBudget budget; !budget.covers(root))
    return {fmt::format("{}:1: nested too deeply, or aliases that multiply", file)};
  return {};
}

Result<Manifest, ManifestErrors> read(std::string_view text,
                                      const std::string& file,
                                      const ManifestVariables& variables) {
  const std::vector<YAML::Node> documents = load_documents(text);
  ManifestErrors errors = check_documents(documents, file);
  if (!errors.empty())
    return errors;
  Manifest manifest = read_manifest(documents.front(), {file, variables}, errors);
  for (std::string& problem : manifest_problems(manifest.streams))
    errors.push_back(std::move(problem));
  if (!errors.empty())
    return errors;
  return manifest;
}

}  // namespace

Result<Manifest, ManifestErrors> parse_manifest(std::string_view text,
                                                const std::string& file,
                                                const ManifestVariables& variables) {
  if (text.size() > kMaxBytes)
    return ManifestErrors{fmt::format("{}:1: larger than 1 MiB", file)};
  if (nests_too_deeply(text))
    return ManifestErrors{fmt::format("{}:1: nested too deeply", file)};
  try {
    return read(text, file, variables);
  } catch (const YAML::Exception& error) {
    return ManifestErrors{
        fmt::format("{}:{}: not valid YAML: {}", file, error.mark.line + 1, error.msg)};
  }
}

std::string_view default_manifest() {
  return embedded::default_streams;
}

}  // namespace unified::jetstream
