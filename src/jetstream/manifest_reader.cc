#include "jetstream/manifest_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "jetstream/fields.h"
#include "jetstream/manifest_fields.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 4> kLaterRoots{"consumers", "key_value", "kv",
                                                      "object_stores"};

class Reader {
 public:
  Reader(const ManifestSource& source, ManifestErrors& errors)
      : errors_(errors),
        fields_(source, errors, manifest_.used_variables) {}

  Manifest read(const YAML::Node& root) {
    if (!root.IsMap()) {
      fail(root, "expected a map with streams: at the top");
      return {};
    }
    std::vector<YAML::Node> found;
    find_streams(root, true, found);
    if (found.empty())
      fail(root, "no streams: at the top; \"streams: []\" declares none");
    else if (found.size() > 1)
      fail(found.back(), "streams: at the top and below nats:, only one of them can be meant");
    else
      read_streams(found.front());
    return std::move(manifest_);
  }

 private:
  void fail(const YAML::Node& node, const std::string& what) { fields_.fail(node, what); }

  /// Adds the `streams` of a root, looked for below `nats:` too; complains about every other key.
  void find_streams(const YAML::Node& root, bool nats_allowed, std::vector<YAML::Node>& found) {
    std::set<std::string> seen;
    for (const auto& pair : root) {
      const auto key = fields_.read_key(pair.first, seen);
      if (!key)
        continue;
      if (*key == "streams")
        found.push_back(pair.second);
      else if (*key == "nats" && nats_allowed && pair.second.IsMap())
        find_streams(pair.second, false, found);
      else
        refuse_root(pair.first, *key);
    }
  }

  void refuse_root(const YAML::Node& node, const std::string& key) {
    if (std::ranges::find(kLaterRoots, key) != kLaterRoots.end())
      fail(node, fmt::format("{}: not supported yet, only streams", key));
    else
      fail(node,
           fmt::format("unknown key {}{}", shown(key), did_you_mean(key, {"streams", "nats"})));
  }

  void read_streams(const YAML::Node& streams) {
    if (streams.IsSequence()) {
      for (const auto& stream : streams)
        read_stream(stream, stream, std::nullopt);
    } else if (streams.IsMap()) {
      for (const auto& pair : streams)
        read_named_stream(pair.first, pair.second);
    } else {
      fail(streams, "streams: expected a list or a map; \"streams: []\" declares none");
    }
  }

  void read_named_stream(const YAML::Node& key, const YAML::Node& stream) {
    if (!key.IsScalar())
      fail(key, "a stream's name must be plain text");
    else if (const auto name = fields_.text_of(key, "name"))
      read_stream(stream, key, name);
  }

  void read_stream(const YAML::Node& node, const YAML::Node& at, std::optional<std::string> name) {
    if (!node.IsMap())
      fail(at, "a stream must be a map of fields (name, subjects, …)");
    else
      read_fields(node, at, std::move(name));
  }

  void read_fields(const YAML::Node& node, const YAML::Node& at, std::optional<std::string> name) {
    StreamSpec spec;
    spec.origin = fields_.position(at);
    const std::size_t errors_before = errors_.size();
    std::set<std::string> seen;
    for (const auto& pair : node)
      if (const auto key = fields_.read_key(pair.first, seen))
        read_entry(*key, pair, spec, name);
    finish(std::move(spec), at, name, seen, errors_.size() == errors_before);
  }

  template <typename Pair>
  void read_entry(const std::string& key,
                  const Pair& pair,
                  StreamSpec& spec,
                  std::optional<std::string>& name) {
    const Field* field = find_field(key);
    if (key == "name")
      read_name(pair.second, name);
    else if (field == nullptr)
      refuse_field(pair.first, key);
    else if (auto value = fields_.read(*field, pair.second))
      spec.config[key] = std::move(*value);
  }

  void refuse_field(const YAML::Node& node, const std::string& key) {
    std::vector<std::string_view> names = field_names(stream_fields());
    names.emplace_back("name");
    fail(node, fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
  }

  void read_name(const YAML::Node& node, std::optional<std::string>& name) {
    const auto text = fields_.text_of(node, "name");
    if (text && name && *text != *name)
      fail(node, fmt::format("name {} differs from the key {}", shown(*text), shown(*name)));
    else if (text)
      name = text;
  }

  /// Something is published to it or read into it.
  static bool is_fed(const nlohmann::json& config) {
    const auto has = [&](const char* name) {
      return config.contains(name) && !config[name].empty();
    };
    return has("subjects") || has("mirror") || has("sources");
  }

  void finish(StreamSpec spec,
              const YAML::Node& at,
              const std::optional<std::string>& name,
              const std::set<std::string>& seen,
              bool sound) {
    if (name && !is_valid_stream_name(*name))
      fail(at, fmt::format("stream name {}: 1 to 255 of A-Z a-z 0-9 _ -", shown(*name)));
    else if (!name && !seen.contains("name"))
      fail(at, "a stream without name");
    spec.name = name.value_or("");
    if (sound && !is_fed(spec.config))
      fail(at, fmt::format("stream {} has no subjects", name.value_or("?")));
    for (const std::string& problem : stream_problems(spec))
      fail(at, fmt::format("stream {}: {}", name.value_or("?"), problem));
    if (!name)
      return;
    manifest_.streams.push_back(std::move(spec));
  }

  ManifestErrors& errors_;
  Manifest manifest_;
  FieldReader fields_;
};

}  // namespace

Manifest read_manifest(const YAML::Node& root,
                       const ManifestSource& source,
                       ManifestErrors& errors) {
  return Reader{source, errors}.read(root);
}

}  // namespace unified::jetstream
