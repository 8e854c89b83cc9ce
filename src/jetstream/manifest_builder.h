#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

#include "jetstream/manifest_fields.h"

namespace unified::jetstream {

/// Where the readers of all forms put what they read: one document's field reader, and the manifest
/// that it adds to. Checks each object for itself. Refers to all it is given.
class ManifestBuilder {
 public:
  ManifestBuilder(const ManifestSource& source,
                  const Dialect& dialect,
                  ManifestErrors& errors,
                  Manifest& manifest)
      : errors_(errors),
        manifest_(manifest),
        fields_(source, dialect, errors, manifest) {}

  FieldReader& fields() { return fields_; }
  void fail(const YAML::Node& node, const std::string& what) { fields_.fail(node, what); }
  void warn(const YAML::Node& node, const std::string& what) { fields_.warn(node, what); }
  [[nodiscard]] std::size_t mistakes() const { return errors_.size(); }

  /// A stream that was read from `at`, or what could be read of it. Without a name (its reader said
  /// so) it is checked all the same, and left out. `mistakes_before`: mistakes() before it was
  /// read.
  void add_stream(StreamSpec spec,
                  const YAML::Node& at,
                  const std::optional<std::string>& name,
                  std::size_t mistakes_before);
  /// A consumer; `filter_subject` is folded into `filter_subjects`.
  void add_consumer(ConsumerSpec spec, const YAML::Node& at);

 private:
  void drop_idle_ack_wait(ConsumerSpec& spec, const YAML::Node& at);
  void fold_filter(nlohmann::json& config, const YAML::Node& at);

  ManifestErrors& errors_;
  Manifest& manifest_;
  FieldReader fields_;
};

}  // namespace unified::jetstream
