#include "jetstream/services_tree.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "jetstream/manifest_variables.h"

namespace unified::jetstream {

std::string ServicesTree::at(const YAML::Node& node) const {
  return fmt::format("{}:{}", file_, std::max(0, node.Mark().line) + 1);
}

void ServicesTree::error(const YAML::Node& node, const std::string& what) {
  errors.push_back(fmt::format("{}: {}", at(node), what));
}

void ServicesTree::warn(const YAML::Node& node, const std::string& what) {
  warnings.push_back(fmt::format("{}: {}", at(node), what));
}

std::optional<std::string> ServicesTree::text(const std::string& key, const YAML::Node& node) {
  if (node.IsScalar())
    return node.Scalar();
  error(node, fmt::format("{}: expected one value", key));
  return std::nullopt;
}

void ServicesTree::for_each_key(const YAML::Node& map,
                                const std::string& prefix,
                                const ReadKey& read) {
  if (!map.IsMap()) {
    error(map, fmt::format("{}: expected a map", prefix));
    return;
  }
  std::set<std::string> seen;
  for (const auto& pair : map) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    const std::string path = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    if (!seen.insert(key).second)
      error(pair.first, fmt::format("key {} twice", shown(path)));
    else if (!read(key, pair.second))
      warn(pair.first, fmt::format("{} is not known here: left out", shown(path)));
  }
}

}  // namespace unified::jetstream
