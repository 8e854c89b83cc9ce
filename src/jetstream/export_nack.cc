#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/export_forms.h"
#include "jetstream/nack_names.h"
#include "jetstream/yaml_text.h"

namespace unified::jetstream {
namespace {

using OrderedJson = nlohmann::ordered_json;
using Json = nlohmann::json;

std::string as_it_is(std::string_view text) {
  return std::string{text};
}

const FieldName* nack_name_of(std::span<const FieldName> names, std::string_view ours) {
  const auto found = std::ranges::find(names, ours, &FieldName::ours);
  return found == names.end() ? nullptr : &*found;
}

/// The members of an object by their names; what has none is said.
OrderedJson nack_members(const Field& field,  // NOLINT(misc-no-recursion): as deep as the table
                         const FieldName& name,
                         const Json& value,
                         const std::string& prefix,
                         std::vector<std::string>& unsaid) {
  OrderedJson object = OrderedJson::object();
  for (const Field& member : members_of(field)) {
    const auto part = value.find(member.name);
    if (part == value.end())
      continue;
    const std::string ours = prefix + std::string{member.name};
    const FieldName* theirs = nack_name_of(name.members, ours);
    if (theirs != nullptr && !theirs->members.empty()) {
      OrderedJson list = OrderedJson::array();
      for (const Json& one : *part)
        list.push_back(nack_members(member, *theirs, one, "", unsaid));
      object[std::string{theirs->theirs}] = std::move(list);
    } else if (theirs != nullptr) {
      object[std::string{theirs->theirs}] = written_value(member, *part, as_it_is);
    } else if (prefix.empty() && member.kind == FieldKind::kObject) {  // external.api
      object.update(nack_members(member, name, *part, ours + ".", unsaid));
    } else {
      unsaid.push_back(fmt::format("{}.{}", field.name, member.name));
    }
  }
  return object;
}

OrderedJson nack_value(const Field& field,
                       const FieldName& name,
                       const Json& value,
                       std::vector<std::string>& unsaid) {
  if (name.members.empty())
    return written_value(field, value, as_it_is);
  if (!value.is_array())
    return nack_members(field, name, value, "", unsaid);
  OrderedJson list = OrderedJson::array();
  for (const Json& one : value)
    list.push_back(nack_members(field, name, one, "", unsaid));
  return list;
}

/// `by_start_time` -> `byStartTime`.
std::string camel_case(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (!result.empty() && result.back() == '_') {
      result.back() = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    } else {
      result += c;
    }
  return result;
}

struct NackSpec {
  OrderedJson spec = OrderedJson::object();
  std::vector<std::string> unsaid;
};

void add_nack_fields(std::span<const Field> fields,
                     std::span<const FieldName> names,
                     const Json& config,
                     NackSpec& result) {
  for (const Field& field : fields) {
    const auto value = config.find(field.name);
    if (value == config.end())
      continue;
    if (const FieldName* name = nack_name_of(names, field.name))
      result.spec[std::string{name->theirs}] = nack_value(field, *name, *value, result.unsaid);
    else
      result.unsaid.emplace_back(field.name);
  }
}

std::optional<NackSpec> nack_bucket(const BucketView& bucket) {
  const bool is_kv = bucket.kind == BucketView::Kind::kKv;
  Json declared = bucket.declared;
  NackSpec result{.spec = {{"bucket", bucket.name}}, .unsaid = {}};
  if (declared.contains("compression"))
    result.spec["compression"] = declared["compression"] == "s2";
  if (declared.contains("subject_delete_marker_ttl"))
    result.spec["limitMarkerTtl"] = declared["subject_delete_marker_ttl"].get<std::int64_t>();
  declared.erase("compression");
  declared.erase("subject_delete_marker_ttl");
  add_nack_fields(stream_fields(), is_kv ? nack_kv_names() : nack_object_store_names(), declared,
                  result);
  return result.unsaid.empty() ? std::optional{std::move(result)} : std::nullopt;
}

NackSpec nack_consumer(const ConsumerSpec& spec) {
  NackSpec result{.spec = {{"streamName", spec.stream}, {"durableName", spec.name}}, .unsaid = {}};
  add_nack_fields(consumer_fields(), nack_consumer_names(), spec.config, result);
  if (result.spec.contains("deliverPolicy"))
    result.spec["deliverPolicy"] = camel_case(result.spec["deliverPolicy"].get<std::string>());
  return result;
}

class NackDocuments {
 public:
  explicit NackDocuments(std::vector<std::string>& notes) : notes_(notes) {}

  void add_stream(const StreamSpec& stream) {
    const auto bucket = bucket_in(stream);
    auto spec = bucket ? nack_bucket(*bucket) : std::nullopt;
    if (spec) {
      add(bucket->kind == BucketView::Kind::kKv ? "KeyValue" : "ObjectStore", bucket->name,
          std::move(spec->spec));
      return;
    }
    NackSpec plain{.spec = {{"name", stream.name}}, .unsaid = {}};
    add_nack_fields(stream_fields(), nack_stream_names(), stream.config, plain);
    note("stream " + stream.name, plain);
    add("Stream", stream.name, std::move(plain.spec));
  }

  void add_consumer(const ConsumerSpec& consumer) {
    NackSpec spec = nack_consumer(consumer);
    note(fmt::format("consumer {} of {}", consumer.name, consumer.stream), spec);
    add("Consumer", consumer.stream + "-" + consumer.name, std::move(spec.spec));
  }

  std::string text() { return std::move(text_); }

 private:
  void note(const std::string& whose, const NackSpec& spec) {
    for (const std::string& field : spec.unsaid)
      notes_.push_back(fmt::format("{}: NACK has no field for {}: left out", whose, field));
  }

  /// A name that Kubernetes takes, once per kind.
  std::string resource_name(const std::string& kind, const std::string& name) {
    constexpr std::size_t kLongest = 240;  // of 253
    std::string base;
    for (const char c : to_lower(name).substr(0, kLongest))
      base += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
    base.erase(0, base.find_first_not_of('-'));
    base.erase(base.find_last_not_of('-') + 1);
    if (base.empty())
      base = "x";
    std::string unique = base;
    for (int i = 2; !names_.insert(fmt::format("{}/{}", kind, unique)).second; ++i)
      unique = fmt::format("{}-{}", base, i);
    return unique;
  }

  void add(const std::string& kind, const std::string& name, OrderedJson spec) {
    const OrderedJson document{{"apiVersion", "jetstream.nats.io/v1beta2"},
                               {"kind", kind},
                               {"metadata", {{"name", resource_name(kind, name)}}},
                               {"spec", std::move(spec)}};
    text_ += "---\n" + to_yaml(document);
  }

  std::vector<std::string>& notes_;
  std::set<std::string> names_;
  std::string text_;
};

}  // namespace

std::string export_nack(ExportObjects& objects) {
  NackDocuments documents{objects.notes};
  for (const StreamSpec& stream : objects.streams)
    documents.add_stream(stream);
  for (const ConsumerSpec& consumer : objects.consumers)
    documents.add_consumer(consumer);
  std::string text = documents.text();
  if (text.empty())
    text = "apiVersion: v1\nkind: List\nitems: []\n";
  if (text.find("${") != std::string::npos)
    objects.notes.emplace_back(
        "a text has ${: NACK takes it as it is, STREAMS_FILE as a variable ($${ there)");
  return text;
}

}  // namespace unified::jetstream
