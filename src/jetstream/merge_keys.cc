#include "jetstream/merge_keys.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace unified::jetstream {
namespace {

constexpr const char* kMergeKey = "<<";

std::optional<YAML::Node> merged_into(const YAML::Node& map) {
  for (const auto& pair : map)
    if (pair.first.IsScalar() && pair.first.Scalar() == kMergeKey)
      return pair.second;
  return std::nullopt;
}

std::set<std::string> keys_of(const YAML::Node& map) {
  std::set<std::string> keys;
  for (const auto& pair : map)
    if (pair.first.IsScalar())
      keys.insert(pair.first.Scalar());
  return keys;
}

/// The maps whose keys are wanted, the one that counts first in front; none when it is something
/// else.
std::vector<YAML::Node> sources_in(const YAML::Node& value) {
  if (value.IsMap())
    return {value};
  std::vector<YAML::Node> maps;
  if (!value.IsSequence())
    return maps;
  for (const auto& one : value) {
    if (!one.IsMap())
      return {};
    maps.push_back(one);
  }
  return maps;
}

}  // namespace

// As deep as is_walkable() allows. NOLINTNEXTLINE(misc-no-recursion)
void expand_merge_keys(YAML::Node root) {
  if (root.IsSequence())
    for (const auto& one : root)
      expand_merge_keys(one);
  if (!root.IsMap())
    return;
  for (const auto& pair : root)
    expand_merge_keys(pair.second);
  const auto merged = merged_into(root);
  const std::vector<YAML::Node> sources = merged ? sources_in(*merged) : std::vector<YAML::Node>{};
  if (sources.empty())
    return;
  root.remove(kMergeKey);
  std::set<std::string> keys = keys_of(root);
  for (const YAML::Node& source : sources)
    for (const auto& pair : source)
      if (!pair.first.IsScalar() || keys.insert(pair.first.Scalar()).second)
        root.force_insert(pair.first, pair.second);
}

}  // namespace unified::jetstream
