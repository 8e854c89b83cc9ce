#include "jetstream/form_nack.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "jetstream/manifest_variables.h"
#include "jetstream/nack_objects.h"

namespace unified::jetstream {
namespace {

constexpr std::string_view kNackGroup = "jetstream.nats.io/";

struct NackKind {
  std::string_view name;
  void (*read)(const NackObject& object, ManifestBuilder& builder);
};

constexpr std::array<NackKind, 4> kNackKinds{{{"Stream", read_nack_stream},
                                              {"Consumer", read_nack_consumer},
                                              {"KeyValue", read_nack_kv},
                                              {"ObjectStore", read_nack_object_store}}};

std::optional<YAML::Node> entry_of(const YAML::Node& map, std::string_view key) {
  for (const auto& pair : map)
    if (pair.first.IsScalar() && pair.first.Scalar() == key)
      return pair.second;
  return std::nullopt;
}

std::string text_in(const YAML::Node& map, std::string_view key) {
  const auto node = entry_of(map, key);
  return node && node->IsScalar() ? node->Scalar() : std::string{};
}

/// Why an object that is none of ours can't be read.
std::string why_not_nack(const std::string& version, const std::string& kind) {
  if (!version.starts_with(kNackGroup))
    return fmt::format(
        "{} ({}) is an object of Kubernetes that declares no streams; of those, "
        "kinds Stream, Consumer, KeyValue and ObjectStore of "
        "jetstream.nats.io/v1beta2 are read: take it out of STREAMS_FILE",
        kind.empty() ? "this" : "kind " + shown(kind), shown(version));
  if (version != "jetstream.nats.io/v1beta1" && version != "jetstream.nats.io/v1beta2")
    return fmt::format("apiVersion {} is not read, only jetstream.nats.io/v1beta1 and v1beta2",
                       shown(version));
  if (kind == "Account")
    return "kind Account says how NACK logs in to other servers: there is one server here; take it "
           "out of STREAMS_FILE and set NATS_AUTH_* instead";
  if (kind == "StreamTemplate")
    return "kind StreamTemplate: nats-server has no stream templates any more; write each stream";
  constexpr std::array<std::string_view, 4> kNames{"Stream", "Consumer", "KeyValue", "ObjectStore"};
  return fmt::format("kind {} is none of Stream, Consumer, KeyValue, ObjectStore{}", shown(kind),
                     did_you_mean(kind, {kNames.begin(), kNames.end()}));
}

// A List of Lists is none. NOLINTNEXTLINE(misc-no-recursion)
void read_nack_object(const YAML::Node& root, bool list_allowed, ManifestBuilder& builder);

// NOLINTNEXTLINE(misc-no-recursion)
void read_nack_list(const YAML::Node& root, ManifestBuilder& builder) {
  const auto items = entry_of(root, "items");
  if (!items || !items->IsSequence()) {
    builder.fail(root, "kind List without items");
    return;
  }
  for (const auto& item : *items)
    if (item.IsMap())
      read_nack_object(item, false, builder);
    else
      builder.fail(item, "items: expected objects of Kubernetes");
}

void check_nack_keys(const YAML::Node& root, ManifestBuilder& builder) {
  constexpr std::array<std::string_view, 5> kTop{"apiVersion", "kind", "metadata", "spec",
                                                 "status"};
  std::set<std::string> seen;
  for (const auto& pair : root) {
    const auto key = builder.fields().read_key(pair.first, seen);
    if (key && std::ranges::find(kTop, *key) == kTop.end())
      builder.fail(pair.first, fmt::format("unknown field {}{}", shown(*key),
                                           did_you_mean(*key, {kTop.begin(), kTop.end()})));
  }
}

// NOLINTNEXTLINE(misc-no-recursion)
void read_nack_object(const YAML::Node& root, bool list_allowed, ManifestBuilder& builder) {
  const std::string kind = text_in(root, "kind");
  const std::string version = text_in(root, "apiVersion");
  if (list_allowed && version == "v1" && kind == "List") {
    read_nack_list(root, builder);
    return;
  }
  const auto* known = std::ranges::find(kNackKinds, kind, &NackKind::name);
  const bool is_version =
      version == "jetstream.nats.io/v1beta1" || version == "jetstream.nats.io/v1beta2";
  if (known == kNackKinds.end() || !is_version) {
    builder.fail(root, why_not_nack(version, kind));
    return;
  }
  check_nack_keys(root, builder);
  const auto spec = entry_of(root, "spec");
  if (spec && spec->IsMap())
    known->read({.at = root, .spec = *spec}, builder);
  else
    builder.fail(root, fmt::format("{} without spec", kind));
}

}  // namespace

bool is_nack_form(const YAML::Node& root) {
  return root.IsMap() && (entry_of(root, "apiVersion") || entry_of(root, "kind"));
}

void read_nack_form(const YAML::Node& root, ManifestBuilder& builder) {
  read_nack_object(root, true, builder);
}

}  // namespace unified::jetstream
