#include <optional>
#include <utility>

#include "jetstream/consumer_fields.h"
#include "jetstream/form_own.h"
#include "jetstream/own_objects.h"

namespace unified::jetstream {
namespace {

/// How one filter can be written; folded into filter_subjects (ManifestBuilder).
constexpr Field kFilterSubject{
    .name = "filter_subject", .kind = FieldKind::kText, .default_json = R"("")"};

class OwnConsumer {
 public:
  OwnConsumer(ManifestBuilder& builder, const std::string& stream)
      : builder_(builder),
        stream_(stream) {}

  void read(OwnObject object) {
    spec_.stream = stream_;
    std::set<std::string> seen;
    for (const auto& pair : object.node)
      if (const auto key = builder_.fields().read_key(pair.first, seen))
        read_entry(*key, pair.first, pair.second, object.name);
    if (!object.name && !seen.contains("name") && !seen.contains("durable_name"))
      builder_.fail(object.at, "a consumer without name");
    if (stream_.empty() && !seen.contains("stream"))
      builder_.fail(object.at, "a consumer without stream");
    // What a client of a work queue or a pull consumer needs; the server's own default is none,
    // which forgets every message at its delivery.
    if (!seen.contains("ack_policy"))
      spec_.config["ack_policy"] = "explicit";
    if (!object.name || spec_.stream.empty())
      return;
    spec_.name = *std::move(object.name);
    builder_.add_consumer(std::move(spec_), object.at);
  }

 private:
  void read_entry(const std::string& key,
                  const YAML::Node& at,
                  const YAML::Node& node,
                  std::optional<std::string>& name) {
    const Field* field = key == "filter_subject" ? &kFilterSubject : find_consumer_field(key);
    if (key == "name" || key == "durable_name")
      read_own_name(node, name, builder_);
    else if (key == "stream")
      read_stream(node);
    else if (key == "allow")
      spec_.allow = read_allow(node, builder_);
    else if (field == nullptr)
      refuse(at, key);
    else if (auto value = builder_.fields().read(*field, node))
      spec_.config[key] = std::move(*value);
  }

  void read_stream(const YAML::Node& node) {
    const auto text = builder_.fields().text_of(node, "stream");
    if (text && !stream_.empty() && *text != stream_)
      builder_.fail(node, fmt::format("stream {} differs from the one that the consumer stands in, "
                                      "{}",
                                      shown(*text), shown(stream_)));
    else if (text)
      spec_.stream = *text;
  }

  void refuse(const YAML::Node& at, const std::string& key) {
    std::vector<std::string_view> names = field_names(consumer_fields());
    names.insert(names.end(), {"name", "durable_name", "stream", "filter_subject", "allow"});
    builder_.fail(at, fmt::format("unknown field {}{}", shown(key), did_you_mean(key, names)));
  }

  ManifestBuilder& builder_;
  const std::string& stream_;
  ConsumerSpec spec_;
};

}  // namespace

void read_own_consumers(const YAML::Node& consumers,
                        const std::string& stream,
                        ManifestBuilder& builder) {
  for_each_object(consumers, "consumer", "consumers", builder,
                  [&](OwnObject object) { OwnConsumer{builder, stream}.read(std::move(object)); });
}

}  // namespace unified::jetstream
