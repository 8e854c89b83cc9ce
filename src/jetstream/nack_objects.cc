#include "jetstream/nack_objects.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/bucket_fields.h"
#include "jetstream/bucket_streams.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/nack_names.h"
#include "jetstream/nack_operator_fields.h"

namespace unified::jetstream {
namespace {

constexpr Field kNackFilter{
    .name = "filter_subject", .kind = FieldKind::kText, .default_json = R"("")"};

/// The controller takes `pinned` too, and spells the policies in camel case.
struct NackWord {
  std::string_view field;
  std::string_view theirs;
  std::string_view ours;
};
constexpr std::array<NackWord, 4> kNackWords{{
    {"deliverPolicy", "byStartSequence", "by_start_sequence"},
    {"deliverPolicy", "byStartTime", "by_start_time"},
    {"deliverPolicy", "lastPerSubject", "last_per_subject"},
    {"priorityPolicy", "pinned", "pinned_client"},
}};

const Field* find_nack_consumer_field(std::string_view name) {
  return name == "filter_subject" ? &kNackFilter : find_consumer_field(name);
}

class NackReader {
 public:
  NackReader(const NackObject& object,
             std::span<const FieldName> names,
             FindField find,
             ManifestBuilder& builder)
      : object_(object),
        names_(names),
        find_(find),
        builder_(builder) {}

  /// `special` takes the keys that are no plain fields.
  template <typename Special>
  void read(const std::vector<std::string_view>& special_names, const Special& special) {
    for (const auto& pair : object_.spec) {
      const auto key = builder_.fields().read_key(pair.first, seen_);
      if (!key || special(*key, pair.second) ||
          read_operator_field(*key, pair.second, pair.first, builder_) ||
          read_renamed(builder_.fields(), {names_, find_}, *key, pair.second, config_))
        continue;
      auto names = their_names(names_);
      names.insert(names.end(), special_names.begin(), special_names.end());
      builder_.fail(pair.first,
                    fmt::format("unknown field {}{}", shown(*key), did_you_mean(*key, names)));
    }
  }

  [[nodiscard]] bool has(const char* key) const { return seen_.contains(key); }
  nlohmann::json& config() { return config_; }

 private:
  const NackObject& object_;
  std::span<const FieldName> names_;
  FindField find_;
  ManifestBuilder& builder_;
  nlohmann::json config_ = nlohmann::json::object();
  std::set<std::string> seen_;
};

/// A word of theirs as ours; nothing for every other.
std::optional<nlohmann::json> nack_word(const std::string& key, const YAML::Node& node) {
  if (!node.IsScalar())
    return std::nullopt;
  const auto* found = std::ranges::find_if(kNackWords, [&](const NackWord& word) {
    return word.field == key && word.theirs == node.Scalar();
  });
  return found == kNackWords.end() ? std::nullopt : std::optional<nlohmann::json>{found->ours};
}

bool is_plain_zero(const YAML::Node& node) {
  return node.IsScalar() && node.Scalar() == "0";
}

void read_marker_ttl(const YAML::Node& node, nlohmann::json& config, ManifestBuilder& builder) {
  const auto text = builder.fields().text_of(node, "limitMarkerTtl");
  if (!text)
    return;
  const auto nanoseconds = parse_int(trim(*text));
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (!nanoseconds || *nanoseconds < 0 || (*nanoseconds > 0 && *nanoseconds < kSecond))
    builder.fail(node, fmt::format("limitMarkerTtl: {} is not a whole number of nanoseconds, 0 or "
                                   "1000000000 (one second) and more",
                                   shown(*text)));
  else
    config["subject_delete_marker_ttl"] = *nanoseconds;
}

struct NackBucketKind {
  const char* what;
  std::span<const FieldName> (*names)();
  std::string (*stream_name)(std::string_view bucket);
  void (*complete)(std::string_view bucket, StreamSpec& spec);
};

void read_nack_bucket(const NackObject& object,
                      const NackBucketKind& kind,
                      ManifestBuilder& builder) {
  const std::size_t mistakes = builder.mistakes();
  std::optional<std::string> bucket;
  NackReader reader{object, kind.names(), find_bucket_field, builder};
  const bool is_kv = kind.complete == complete_kv;
  reader.read({"bucket", "compression"}, [&](const std::string& key, const YAML::Node& node) {
    if (key == "bucket")
      bucket = builder.fields().text_of(node, "bucket");
    else if (key == "compression")
      read_bucket_compression(node, builder.fields(), reader.config());
    else if (key == "limitMarkerTtl" && is_kv)
      read_marker_ttl(node, reader.config(), builder);
    else  // a history of 0 is NACK's default, too: 1
      return key == "history" && is_kv && is_plain_zero(node);
    return true;
  });
  if (!reader.has("bucket"))
    builder.fail(object.at, fmt::format("{} without bucket", kind.what));
  if (!bucket)
    return;
  if (!is_valid_bucket_name(*bucket)) {
    builder.fail(object.at,
                 fmt::format("{} {}: 1 to 250 of A-Z a-z 0-9 _ -", kind.what, shown(*bucket)));
    return;
  }
  if (!reader.has("storage"))
    builder.warn(object.at, fmt::format("{} {}: storage is not written: a new one gets file, one "
                                        "that exists keeps its own",
                                        kind.what, *bucket));
  StreamSpec spec;
  spec.config = std::move(reader.config());
  kind.complete(*bucket, spec);
  builder.add_stream(std::move(spec), object.at, kind.stream_name(*bucket), mistakes);
}

void take_consumer_defaults(const NackReader& reader,
                            const std::string& name,
                            ConsumerSpec& spec,
                            const NackObject& object,
                            ManifestBuilder& builder) {
  if (!reader.has("ackPolicy")) {
    spec.config["ack_policy"] = "none";
    builder.warn(object.at, fmt::format("consumer {}: ackPolicy is not written: NACK's default, "
                                        "none, which never delivers a message again",
                                        shown(name)));
  } else if (!reader.has("ackWait") && !reader.has("backoff") &&
             spec.config.value("ack_policy", "none") != "none") {
    builder.warn(object.at, fmt::format("consumer {}: ackWait is not written: nats-server's 30s "
                                        "instead of NACK's default, 1ns, which would deliver "
                                        "every message again at once",
                                        shown(name)));
  }
  if (spec.config.value("priority_policy", "") == "pinned_client" && !reader.has("pinnedTtl")) {
    constexpr std::int64_t kFiveMinutes = 300'000'000'000;
    spec.config["priority_timeout"] = kFiveMinutes;
    builder.warn(object.at, fmt::format("consumer {}: pinnedTtl is not written: NACK's default, 5m",
                                        shown(name)));
  }
}

}  // namespace

void read_nack_stream(const NackObject& object, ManifestBuilder& builder) {
  const std::size_t mistakes = builder.mistakes();
  std::optional<std::string> name;
  NackReader reader{object, nack_stream_names(), find_field, builder};
  reader.read({"name"}, [&](const std::string& key, const YAML::Node& node) {
    if (key == "name")
      name = builder.fields().text_of(node, "name");
    return key == "name";
  });
  if (!reader.has("name"))
    builder.fail(object.at, "Stream without spec.name");
  StreamSpec spec;
  spec.config = std::move(reader.config());
  if (!reader.has("storage")) {
    spec.config["storage"] = "memory";
    builder.warn(object.at,
                 fmt::format("stream {}: storage is not written: NACK's default, memory, "
                             "which a restart of the server empties",
                             shown(name.value_or("?"))));
  }
  builder.add_stream(std::move(spec), object.at, name, mistakes);
}

void read_nack_consumer(const NackObject& object, ManifestBuilder& builder) {
  ConsumerSpec spec;
  NackReader reader{object, nack_consumer_names(), find_nack_consumer_field, builder};
  reader.read({"streamName", "durableName"}, [&](const std::string& key, const YAML::Node& node) {
    if (key == "streamName")
      spec.stream = builder.fields().text_of(node, key).value_or("");
    else if (key == "durableName")
      spec.name = builder.fields().text_of(node, key).value_or("");
    else if (auto word = nack_word(key, node))
      reader.config()[key == "deliverPolicy" ? "deliver_policy" : "priority_policy"] =
          std::move(*word);
    else
      return false;
    return true;
  });
  for (const char* key : {"streamName", "durableName"})
    if (!reader.has(key))
      builder.fail(object.at, fmt::format("Consumer without spec.{}", key));
  if (spec.stream.empty() || spec.name.empty())
    return;
  spec.config = std::move(reader.config());
  take_consumer_defaults(reader, spec.name, spec, object, builder);
  builder.add_consumer(std::move(spec), object.at);
}

void read_nack_kv(const NackObject& object, ManifestBuilder& builder) {
  constexpr NackBucketKind kKind{.what = "KeyValue",
                                 .names = nack_kv_names,
                                 .stream_name = kv_stream_name,
                                 .complete = complete_kv};
  read_nack_bucket(object, kKind, builder);
}

void read_nack_object_store(const NackObject& object, ManifestBuilder& builder) {
  constexpr NackBucketKind kKind{.what = "ObjectStore",
                                 .names = nack_object_store_names,
                                 .stream_name = object_store_stream_name,
                                 .complete = complete_object_store};
  read_nack_bucket(object, kKind, builder);
}

}  // namespace unified::jetstream
