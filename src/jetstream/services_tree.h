#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace unified::jetstream {

/// The old broker's YAML as it is walked: what is wrong with it, each with its file and line.
class ServicesTree {
 public:
  explicit ServicesTree(std::string file) : file_(std::move(file)) {}

  void error(const YAML::Node& node, const std::string& what);
  void warn(const YAML::Node& node, const std::string& what);

  /// One value; anything else is an error.
  std::optional<std::string> text(const std::string& key, const YAML::Node& node);

  /// Whether it takes this key.
  using ReadKey = std::function<bool(const std::string& key, const YAML::Node& value)>;
  /// Every key of a map; what `read` does not take is a warning, a key that is there twice an
  /// error.
  void for_each_key(const YAML::Node& map, const std::string& prefix, const ReadKey& read);

  std::vector<std::string> errors;
  std::vector<std::string> warnings;

 private:
  [[nodiscard]] std::string at(const YAML::Node& node) const;

  std::string file_;
};

}  // namespace unified::jetstream
