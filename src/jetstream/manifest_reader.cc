#include "jetstream/manifest_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/nearest.h"
#include "jetstream/fields.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/manifest_values.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

constexpr std::array<std::string_view, 4> kLaterRoots{"consumers", "key_value", "kv",
                                                      "object_stores"};

std::string did_you_mean(const std::string& word, const std::vector<std::string_view>& names) {
  const auto near = nearest(word, names);
  return near ? fmt::format(" (did you mean {}?)", *near) : "";
}

class Reader {
 public:
  Reader(const ManifestSource& source, ManifestErrors& errors) : source_(source), errors_(errors) {}

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
  void fail(const YAML::Node& node, const std::string& what) {
    errors_.push_back(fmt::format("{}: {}", position(node), what));
  }

  [[nodiscard]] std::string position(const YAML::Node& node) const {
    return fmt::format("{}:{}", source_.file, std::max(0, node.Mark().line) + 1);
  }

  /// Adds the `streams` of a root, looked for below `nats:` too; complains about every other key.
  void find_streams(const YAML::Node& root, bool nats_allowed, std::vector<YAML::Node>& found) {
    std::set<std::string> seen;
    for (const auto& pair : root) {
      const auto key = read_key(pair.first, seen);
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

  std::optional<std::string> read_key(const YAML::Node& key, std::set<std::string>& seen) {
    if (!key.IsScalar()) {
      fail(key, "a key must be plain text");
      return std::nullopt;
    }
    if (!seen.insert(key.Scalar()).second) {
      fail(key, fmt::format("key {} twice", shown(key.Scalar())));
      return std::nullopt;
    }
    return key.Scalar();
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
    else if (const auto name = text_of(key, "name"))
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
    spec.origin = position(at);
    const std::size_t errors_before = errors_.size();
    std::set<std::string> seen;
    for (const auto& pair : node)
      if (const auto key = read_key(pair.first, seen))
        read_entry(*key, pair, spec, name);
    finish(std::move(spec), at, name, seen, errors_.size() == errors_before);
  }

  template <typename Pair>
  void read_entry(const std::string& key,
                  const Pair& pair,
                  StreamSpec& spec,
                  std::optional<std::string>& name) {
    if (key == "name")
      read_name(pair.second, name);
    else if (const Field* field = find_field(key))
      read_field(*field, pair.second, spec);
    else
      refuse_field(pair.first, key);
  }

  void refuse_field(const YAML::Node& node, const std::string& key) {
    if (is_later_field(key)) {
      fail(node, fmt::format("{}: a JetStream field that this release does not support yet", key));
      return;
    }
    std::vector<std::string_view> names = field_names();
    names.emplace_back("name");
    fail(node, fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
  }

  void read_name(const YAML::Node& node, std::optional<std::string>& name) {
    const auto text = text_of(node, "name");
    if (text && name && *text != *name)
      fail(node, fmt::format("name {} differs from the key {}", shown(*text), shown(*name)));
    else if (text)
      name = text;
  }

  void read_field(const Field& field, const YAML::Node& node, StreamSpec& spec) {
    if (field.kind == FieldKind::kSubjects) {
      spec.config["subjects"] = read_subjects(node);
      return;
    }
    const auto text = text_of(node, field.name);
    if (!text)
      return;
    auto value = parse_field_value(field, *text);
    if (value)
      spec.config[std::string{field.name}] = std::move(*value);
    else
      fail(node, value.error().message);
  }

  std::vector<std::string> read_subjects(const YAML::Node& node) {
    std::vector<std::string> subjects;
    if (!node.IsSequence()) {
      add_subjects(node, subjects);
      return subjects;
    }
    for (const auto& one : node)
      add_subjects(one, subjects);
    return subjects;
  }

  void add_subjects(const YAML::Node& node, std::vector<std::string>& subjects) {
    const auto variable = node.IsScalar() ? lone_variable(node.Scalar()) : std::nullopt;
    const auto list = source_.variables.lists.find(variable.value_or(""));
    if (list != source_.variables.lists.end()) {
      manifest_.used_variables.insert(list->first);
      subjects.insert(subjects.end(), list->second.begin(), list->second.end());
    } else if (const auto text = text_of(node, "subjects")) {
      subjects.push_back(*text);
    }
  }

  /// A scalar with its variables put in.
  std::optional<std::string> text_of(const YAML::Node& node, std::string_view what) {
    if (!node.IsScalar()) {
      fail(node,
           fmt::format("{}: {}", what, node.IsNull() ? "has no value" : "expected one value"));
      return std::nullopt;
    }
    auto text = substituted(node.Scalar(), source_.variables, manifest_.used_variables);
    if (text)
      return std::move(*text);
    fail(node, fmt::format("{}: {}", what, text.error().message));
    return std::nullopt;
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
    const auto subjects = spec.config.find("subjects");
    if (sound && (subjects == spec.config.end() || subjects->empty()))
      fail(at, fmt::format("stream {} has no subjects", name.value_or("?")));
    for (const std::string& problem : stream_problems(spec))
      fail(at, fmt::format("stream {}: {}", name.value_or("?"), problem));
    if (!name)
      return;
    spec.name = *name;
    manifest_.streams.push_back(std::move(spec));
  }

  const ManifestSource& source_;
  ManifestErrors& errors_;
  Manifest manifest_;
};

}  // namespace

Manifest read_manifest(const YAML::Node& root,
                       const ManifestSource& source,
                       ManifestErrors& errors) {
  return Reader{source, errors}.read(root);
}

}  // namespace unified::jetstream
