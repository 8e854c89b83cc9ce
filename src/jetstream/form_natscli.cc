#include "jetstream/form_natscli.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "jetstream/consumer_fields.h"
#include "jetstream/fields.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

constexpr Field kOneFilter{
    .name = "filter_subject", .kind = FieldKind::kText, .default_json = R"("")"};

/// What `info -j` and backup.json say beside `config`: how things stand, nothing to declare.
constexpr std::array<std::string_view, 22> kStateKeys{"type",
                                                      "created",
                                                      "state",
                                                      "cluster",
                                                      "mirror",
                                                      "sources",
                                                      "ts",
                                                      "alternates",
                                                      "total",
                                                      "limit",
                                                      "offset",
                                                      "name",
                                                      "delivered",
                                                      "ack_floor",
                                                      "num_ack_pending",
                                                      "num_waiting",
                                                      "push_bound",
                                                      "num_pending",
                                                      "paused",
                                                      "num_redelivered",
                                                      "pause_remaining",
                                                      "priority_groups"};

std::optional<YAML::Node> value_at(const YAML::Node& map, std::string_view key) {
  for (const auto& pair : map)
    if (pair.first.IsScalar() && pair.first.Scalar() == key)
      return pair.second;
  return std::nullopt;
}

bool is_consumer(const YAML::Node& config) {
  constexpr std::array kOnlyConsumersHave{"durable_name",   "deliver_policy",  "ack_policy",
                                          "filter_subject", "filter_subjects", "stream_name"};
  return std::ranges::any_of(kOnlyConsumersHave,
                             [&](const char* key) { return value_at(config, key).has_value(); });
}

bool is_natscli_object(const YAML::Node& node) {
  if (!node.IsMap())
    return false;
  const auto config = value_at(node, "config");
  return (config && config->IsMap()) || value_at(node, "name") || is_consumer(node);
}

class NatscliForm {
 public:
  explicit NatscliForm(ManifestBuilder& builder) : builder_(builder) {}

  void read(const YAML::Node& object) {
    const auto config = value_at(object, "config");
    if (!config || !config->IsMap()) {
      read_config(object, {});
      return;
    }
    std::optional<std::string> stream;
    std::set<std::string> seen;
    for (const auto& pair : object) {
      const auto key = builder_.fields().read_key(pair.first, seen);
      if (key == "stream_name")
        stream = builder_.fields().text_of(pair.second, "stream_name");
      else if (key && *key != "config" && std::ranges::find(kStateKeys, *key) == kStateKeys.end())
        builder_.fail(pair.first, fmt::format("unknown field {} beside config", shown(*key)));
    }
    read_config(*config, stream);
  }

 private:
  void read_config(const YAML::Node& config, const std::optional<std::string>& stream) {
    if (stream || is_consumer(config))
      read_consumer(config, stream);
    else
      read_stream(config);
  }

  /// A key twice with one value, as in an example of the documentation of NATS: JSON allows it.
  template <typename Pair>
  static bool is_said_again(const YAML::Node& config,
                            const Pair& pair,
                            const std::set<std::string>& seen) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar() || !seen.contains(pair.first.Scalar()))
      return false;
    const auto before = value_at(config, pair.first.Scalar());
    return before && before->IsScalar() && before->Scalar() == pair.second.Scalar();
  }

  void read_stream(const YAML::Node& config) {
    StreamSpec spec;
    std::optional<std::string> name;
    const std::size_t mistakes = builder_.mistakes();
    std::set<std::string> seen;
    for (const auto& pair : config) {
      if (is_said_again(config, pair, seen))
        continue;
      const auto key = builder_.fields().read_key(pair.first, seen);
      if (key == "name")
        name = builder_.fields().text_of(pair.second, "name");
      else if (key)
        read_field(find_field(*key), *key, pair, spec.config, field_names(stream_fields()));
    }
    if (!seen.contains("name"))
      builder_.fail(config, "a stream without name");
    builder_.add_stream(std::move(spec), config, name, mistakes);
  }

  void read_consumer(const YAML::Node& config, const std::optional<std::string>& stream) {
    ConsumerSpec spec;
    spec.stream = stream.value_or("");
    std::set<std::string> seen;
    for (const auto& pair : config) {
      if (is_said_again(config, pair, seen))
        continue;
      const auto key = builder_.fields().read_key(pair.first, seen);
      if (key == "name" || key == "durable_name")
        read_name(*key, pair.second, spec);
      else if (key == "stream_name")
        spec.stream = builder_.fields().text_of(pair.second, *key).value_or("");
      else if (key)
        read_field(key == "filter_subject" ? &kOneFilter : find_consumer_field(*key), *key, pair,
                   spec.config, field_names(consumer_fields()));
    }
    if (!seen.contains("durable_name") && seen.contains("name"))
      builder_.warn(config, fmt::format("consumer {} has no durable_name: it is made durable",
                                        shown(spec.name)));
    if (!seen.contains("durable_name") && !seen.contains("name"))
      builder_.fail(config, "a consumer without durable_name");
    else if (spec.stream.empty() && !seen.contains("stream_name"))
      builder_.fail(config, fmt::format("consumer {}: of which stream? Put \"stream_name\": "
                                        "\"STREAM\" beside its fields, or write it as "
                                        "\"consumers:\" (README, \"Streams\")",
                                        shown(spec.name)));
    else
      builder_.add_consumer(std::move(spec), config);
  }

  void read_name(const std::string& key, const YAML::Node& node, ConsumerSpec& spec) {
    if (builder_.fields().is_unset(node))
      return;
    const auto text = builder_.fields().text_of(node, key);
    if (text && !spec.name.empty() && spec.name != *text)
      builder_.fail(node, fmt::format("name and durable_name must be the same, not {} and {}",
                                      shown(spec.name), shown(*text)));
    else if (text)
      spec.name = *text;
  }

  template <typename Pair>
  void read_field(const Field* field,
                  const std::string& key,
                  const Pair& pair,
                  nlohmann::json& config,
                  const std::vector<std::string_view>& names) {
    if (field == nullptr)
      builder_.fail(pair.first,
                    fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
    else if (builder_.fields().is_unset(pair.second))
      return;
    else if (auto value = builder_.fields().read(*field, pair.second))
      config[key] = std::move(*value);
  }

  ManifestBuilder& builder_;
};

}  // namespace

bool is_natscli_form(const YAML::Node& root) {
  if (!root.IsSequence())
    return is_natscli_object(root);
  // yaml-cpp's iterators are no C++20 iterators. NOLINTNEXTLINE(modernize-use-ranges)
  return std::all_of(root.begin(), root.end(), is_natscli_object);
}

void read_natscli_form(const YAML::Node& root, ManifestBuilder& builder) {
  NatscliForm form{builder};
  if (root.IsSequence())
    for (const auto& object : root)
      form.read(object);
  else
    form.read(root);
}

}  // namespace unified::jetstream
