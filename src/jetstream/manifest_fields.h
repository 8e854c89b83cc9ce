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

/// What a form of manifest means by values that are written alike.
struct Dialect {
  enum class PlainDurations : std::uint8_t { kSeconds, kNanoseconds, kRefused };
  PlainDurations plain_durations = PlainDurations::kSeconds;
  /// Written by a tool: null and "" say that a field is not set, `_nats.*` metadata is left out.
  bool by_tools = false;
};

inline constexpr Dialect kOwnDialect{};
inline constexpr Dialect kNatscliDialect{.plain_durations = Dialect::PlainDurations::kNanoseconds,
                                         .by_tools = true};
inline constexpr Dialect kNackDialect{.plain_durations = Dialect::PlainDurations::kRefused,
                                      .by_tools = true};

/// Reads values of fields by the table, with variables put in. Every mistake goes to `errors` as
/// "FILE:LINE: …". Refers to all it is given.
class FieldReader {
 public:
  FieldReader(const ManifestSource& source,
              const Dialect& dialect,
              ManifestErrors& errors,
              Manifest& manifest)
      : source_(source),
        dialect_(dialect),
        errors_(errors),
        manifest_(manifest) {}

  void fail(const YAML::Node& node, const std::string& what);
  /// For what is taken all the same.
  void warn(const YAML::Node& node, const std::string& what);
  [[nodiscard]] bool is_by_tools() const { return dialect_.by_tools; }
  /// The form's way to leave a field out although its key is there.
  [[nodiscard]] bool is_unset(const YAML::Node& node) const;
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
  [[nodiscard]] std::string with_unit(const Field& field, const std::string& text) const;
  std::optional<nlohmann::json> read_durations(const Field& field, const YAML::Node& node);
  nlohmann::json read_texts(const Field& field, const YAML::Node& node);
  void add_texts(const Field& field, const YAML::Node& node, std::vector<std::string>& texts);
  std::optional<nlohmann::json> read_map(const Field& field, const YAML::Node& node);
  std::optional<nlohmann::json> read_object(const Field& field, const YAML::Node& node);
  std::optional<nlohmann::json> read_list(const Field& field, const YAML::Node& node);

  const ManifestSource& source_;
  const Dialect dialect_;
  ManifestErrors& errors_;
  Manifest& manifest_;
};

/// " (did you mean X?)", or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string_view>& names);

}  // namespace unified::jetstream
