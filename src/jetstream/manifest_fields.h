#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "jetstream/fields.h"
#include "jetstream/manifest_reader.h"

namespace unified::jetstream {

/// Reads values of fields by the table, with variables put in. Every mistake goes to `errors` as
/// "FILE:LINE: …". Refers to all it is given.
class FieldReader {
 public:
  FieldReader(const ManifestSource& source,
              ManifestErrors& errors,
              std::set<std::string>& used_variables)
      : source_(source),
        errors_(errors),
        used_(used_variables) {}

  void fail(const YAML::Node& node, const std::string& what);
  /// FILE:LINE
  [[nodiscard]] std::string position(const YAML::Node& node) const;
  /// The key of a map; nothing (and a mistake) if it is no text, or was `seen` before.
  std::optional<std::string> read_key(const YAML::Node& key, std::set<std::string>& seen);
  /// A scalar with its variables put in.
  std::optional<std::string> text_of(const YAML::Node& node, std::string_view what);
  /// The value as the API wants it.
  std::optional<nlohmann::json> read(const Field& field, const YAML::Node& node);

 private:
  std::optional<nlohmann::json> read_scalar(const Field& field, const YAML::Node& node);
  std::optional<nlohmann::json> read_durations(const Field& field, const YAML::Node& node);
  nlohmann::json read_texts(const Field& field, const YAML::Node& node);
  void add_texts(const Field& field, const YAML::Node& node, std::vector<std::string>& texts);
  std::optional<nlohmann::json> read_map(const Field& field, const YAML::Node& node);
  std::optional<nlohmann::json> read_object(const Field& field, const YAML::Node& node);
  std::optional<nlohmann::json> read_list(const Field& field, const YAML::Node& node);

  const ManifestSource& source_;
  ManifestErrors& errors_;
  std::set<std::string>& used_;
};

/// " (did you mean X?)", or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string_view>& names);

}  // namespace unified::jetstream
