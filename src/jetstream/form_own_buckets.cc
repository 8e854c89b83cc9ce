#include <array>
#include <utility>

#include "jetstream/bucket_fields.h"
#include "jetstream/bucket_streams.h"
#include "jetstream/form_own.h"
#include "jetstream/own_objects.h"

namespace unified::jetstream {
namespace {

constexpr std::array<FieldName, 15> kOwnKvNames{{
    {"description", "description"},
    {"history", "max_msgs_per_subject"},
    {"ttl", "max_age"},
    {"max_value_size", "max_msg_size"},
    {"max_bytes", "max_bytes"},
    {"storage", "storage"},
    {"num_replicas", "num_replicas"},
    {"replicas", "num_replicas"},
    {"placement", "placement"},
    {"republish", "republish"},
    {"mirror", "mirror"},
    {"sources", "sources"},
    {"metadata", "metadata"},
    {"allow_direct", "allow_direct"},
    {"limit_marker_ttl", "subject_delete_marker_ttl"},
}};

constexpr std::array<FieldName, 8> kOwnStoreNames{{
    {"description", "description"},
    {"ttl", "max_age"},
    {"max_bytes", "max_bytes"},
    {"storage", "storage"},
    {"num_replicas", "num_replicas"},
    {"replicas", "num_replicas"},
    {"placement", "placement"},
    {"metadata", "metadata"},
}};

struct OwnBucketKind {
  const char* what;
  std::span<const FieldName> names;
  std::string (*stream_name)(std::string_view bucket);
  void (*complete)(std::string_view bucket, StreamSpec& spec);
};

class OwnBucket {
 public:
  OwnBucket(const OwnBucketKind& kind, ManifestBuilder& builder) : kind_(kind), builder_(builder) {}

  void read(OwnObject object) {
    const std::size_t mistakes = builder_.mistakes();
    std::set<std::string> seen;
    for (const auto& pair : object.node)
      if (const auto key = builder_.fields().read_key(pair.first, seen))
        read_entry(*key, pair.first, pair.second, object.name);
    if (seen.contains("replicas") && seen.contains("num_replicas"))
      builder_.fail(object.at, "replicas or num_replicas, not both");
    if (!object.name && !seen.contains("name") && !seen.contains("bucket"))
      builder_.fail(object.at, fmt::format("a {} without name", kind_.what));
    if (!object.name)
      return;
    if (!is_valid_bucket_name(*object.name)) {
      builder_.fail(object.at, fmt::format("{} {}: 1 to 250 of A-Z a-z 0-9 _ -", kind_.what,
                                           shown(*object.name)));
      return;
    }
    kind_.complete(*object.name, spec_);
    builder_.add_stream(std::move(spec_), object.at, kind_.stream_name(*object.name), mistakes);
  }

 private:
  void read_entry(const std::string& key,
                  const YAML::Node& at,
                  const YAML::Node& node,
                  std::optional<std::string>& name) {
    if (key == "name" || key == "bucket")
      read_own_name(node, name, builder_);
    else if (key == "allow")
      spec_.allow = read_allow(node, builder_);
    else if (key == "compression")
      read_bucket_compression(node, builder_.fields(), spec_.config);
    else if (!read_renamed(builder_.fields(), {kind_.names, find_bucket_field}, key, node,
                           spec_.config))
      refuse(at, key);
  }

  void refuse(const YAML::Node& at, const std::string& key) {
    auto names = their_names(kind_.names);
    names.insert(names.end(), {"name", "bucket", "allow", "compression"});
    builder_.fail(at, fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
  }

  const OwnBucketKind& kind_;
  ManifestBuilder& builder_;
  StreamSpec spec_;
};

constexpr OwnBucketKind kOwnKv{.what = "kv bucket",
                               .names = kOwnKvNames,
                               .stream_name = kv_stream_name,
                               .complete = complete_kv};
constexpr OwnBucketKind kOwnStore{.what = "object store",
                                  .names = kOwnStoreNames,
                                  .stream_name = object_store_stream_name,
                                  .complete = complete_object_store};

}  // namespace

void read_own_kv(const YAML::Node& buckets, ManifestBuilder& builder) {
  for_each_object(buckets, kOwnKv.what, "kv", builder,
                  [&](OwnObject object) { OwnBucket{kOwnKv, builder}.read(std::move(object)); });
}

void read_own_object_stores(const YAML::Node& stores, ManifestBuilder& builder) {
  for_each_object(stores, kOwnStore.what, "object_stores", builder,
                  [&](OwnObject object) { OwnBucket{kOwnStore, builder}.read(std::move(object)); });
}

}  // namespace unified::jetstream
