#include "jetstream/form_own.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/fields.h"
#include "jetstream/own_objects.h"

namespace unified::jetstream {
namespace {

/// The roots, each with the name that it goes by.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kRoots{{
    {"streams", "streams"},
    {"consumers", "consumers"},
    {"kv", "kv"},
    {"key_value", "kv"},
    {"object_stores", "object_stores"},
}};

std::string_view root_of(std::string_view key) {
  const auto* found =
      std::ranges::find(kRoots, key, &std::pair<std::string_view, std::string_view>::first);
  return found == kRoots.end() ? std::string_view{} : found->second;
}

/// Whether every key of the map is a field of a stream.
bool is_stream_without_name(const YAML::Node& root) {
  // yaml-cpp's iterators are no C++20 iterators. NOLINTNEXTLINE(modernize-use-ranges)
  return root.size() > 0 && std::all_of(root.begin(), root.end(), [](const auto& pair) {
           return pair.first.IsScalar() && find_field(pair.first.Scalar()) != nullptr;
         });
}

class OwnForm {
 public:
  explicit OwnForm(ManifestBuilder& builder) : builder_(builder) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) {
      builder_.fail(root, "expected a map with streams: at the top");
      return;
    }
    if (is_stream_without_name(root)) {
      builder_.fail(root,
                    "the configuration of one stream, as of `nats stream add --config`, without "
                    "\"name\": add it, or write the stream below streams:");
      return;
    }
    find_roots(root, true);
    if (roots_.empty())
      builder_.fail(root,
                    "no streams:, consumers:, kv: or object_stores: at the top; \"streams: []\" "
                    "declares none");
    read_roots();
  }

 private:
  struct Root {
    std::string_view name;
    YAML::Node node;
  };

  /// Looked for below `nats:` too; complains about every other key.
  void find_roots(const YAML::Node& root, bool nats_allowed) {  // NOLINT(misc-no-recursion): once
    std::set<std::string> seen;
    for (const auto& pair : root) {
      const auto key = builder_.fields().read_key(pair.first, seen);
      if (!key || (nats_allowed && key->starts_with("x-")))  // an extension, as in Compose
        continue;
      const std::string_view name = root_of(*key);
      if (name.empty() && *key == "nats" && nats_allowed && pair.second.IsMap())
        find_roots(pair.second, false);
      else if (name.empty())
        refuse_root(pair.first, *key);
      else if (std::ranges::find(roots_, name, &Root::name) != roots_.end())
        builder_.fail(pair.first, fmt::format("{}: at the top and below nats:, or by two names: "
                                              "only one of them can be meant",
                                              *key));
      else
        roots_.push_back({name, pair.second});
    }
  }

  void refuse_root(const YAML::Node& node, const std::string& key) {
    std::vector<std::string_view> names{"nats"};
    for (const auto& [name, root] : kRoots)
      names.push_back(name);
    const bool old_broker = key == "nats_client" || key == "message-broker-service";
    builder_.fail(node, fmt::format("unknown key {}{}", shown(key),
                                    old_broker ? " (of the old message broker: `unified_entrypoint "
                                                 "import` makes .env and a manifest of such a file)"
                                               : did_you_mean(key, names)));
  }

  void read_roots() {
    for (const auto& [name, node] : roots_)
      if (name == "streams")
        for_each_object(node, "stream", "streams", builder_,
                        [&](OwnObject stream) { read_stream(std::move(stream)); });
      else if (name == "consumers")
        read_own_consumers(node, {}, builder_);
      else if (name == "kv")
        read_own_kv(node, builder_);
      else
        read_own_object_stores(node, builder_);
  }

  void read_stream(OwnObject object) {
    StreamSpec spec;
    std::optional<YAML::Node> consumers;
    bool has_name = false;
    const std::size_t mistakes = builder_.mistakes();
    std::set<std::string> seen;
    for (const auto& pair : object.node) {
      const auto key = builder_.fields().read_key(pair.first, seen);
      if (!key)
        continue;
      has_name = has_name || *key == "name";
      if (*key == "name")
        read_own_name(pair.second, object.name, builder_);
      else if (*key == "allow")
        spec.allow = read_allow(pair.second, builder_);
      else if (*key == "consumers")
        consumers.emplace(pair.second);
      else
        read_field(*key, pair.first, pair.second, spec);
    }
    if (!object.name && !has_name)
      builder_.fail(object.at, "a stream without name");
    builder_.add_stream(std::move(spec), object.at, object.name, mistakes);
    if (consumers && object.name)
      read_own_consumers(*consumers, *object.name, builder_);
  }

  void read_field(const std::string& key,
                  const YAML::Node& at,
                  const YAML::Node& node,
                  StreamSpec& spec) {
    const Field* field = find_field(key);
    if (field == nullptr)
      refuse_field(at, key);
    else if (auto value = builder_.fields().read(*field, node))
      spec.config[key] = std::move(*value);
  }

  void refuse_field(const YAML::Node& node, const std::string& key) {
    std::vector<std::string_view> names = field_names(stream_fields());
    names.insert(names.end(), {"name", "allow", "consumers"});
    builder_.fail(node, fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
  }

  ManifestBuilder& builder_;
  std::vector<Root> roots_;  // in the order of the document
};

void allow(std::string_view word,
           const YAML::Node& node,
           Allowed& allowed,
           ManifestBuilder& builder) {
  if (word == "lossy")
    allowed.lossy = true;
  else if (word == "irreversible")
    allowed.irreversible = true;
  else if (word == "recreate")
    allowed.recreate = true;
  else
    builder.fail(
        node, fmt::format("allow: {} is none of lossy, irreversible, recreate{}", shown(word),
                          did_you_mean(std::string{word}, {"lossy", "irreversible", "recreate"})));
}

}  // namespace

bool is_own_form(const YAML::Node& root) {
  if (!root.IsMap())
    return false;
  // yaml-cpp's iterators are no C++20 iterators. NOLINTNEXTLINE(modernize-use-ranges)
  return std::any_of(root.begin(), root.end(), [](const auto& pair) {
    return pair.first.IsScalar() &&
           (!root_of(pair.first.Scalar()).empty() || pair.first.Scalar() == "nats");
  });
}

void read_own_form(const YAML::Node& root, ManifestBuilder& builder) {
  OwnForm{builder}.read(root);
}

std::optional<Allowed> read_allow(const YAML::Node& node, ManifestBuilder& builder) {
  Allowed allowed;
  if (node.IsSequence()) {
    for (const auto& one : node)
      if (const auto word = builder.fields().text_of(one, "allow"))
        allow(*word, one, allowed, builder);
  } else if (const auto text = builder.fields().text_of(node, "allow")) {
    for (const std::string& word : split_list(*text))
      allow(word, node, allowed, builder);
  }
  return allowed;
}

}  // namespace unified::jetstream
