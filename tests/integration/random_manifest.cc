#include "integration/random_manifest.h"

#include <fmt/format.h>

namespace unified::test {
namespace {

constexpr int kStreams = 4;

/// Subjects of its own, and now and then one that any stream may want.
std::string subjects(Draw& draw, const std::string& stream) {
  std::string text = fmt::format(
      fmt::runtime(draw.one_of({"{0}.>", "{0}.*", "{0}.a, {0}.b", "{0}.a, {0}.b, {0}.c"})), stream);
  if (draw.chance(15))
    text += ", roam." + draw.one_of({"x", "y"});
  return "[" + text + "]";
}

std::string permission(Draw& draw) {
  return draw.one_of({"[]", "[lossy]", "[lossy, irreversible]", "[lossy, recreate]"});
}

/// A field, and one of few values, so that the same one comes back.
std::pair<std::string, std::string> stream_field(Draw& draw, const std::string& name) {
  switch (draw.below(20)) {
    case 0:
    case 1:
      return {"max_msgs", draw.one_of({"-1", "1000", "40", "12", "5"})};
    case 2:
    case 3:
      return {"max_bytes", draw.one_of({"-1", "1MiB", "3000"})};
    case 4:
      return {"max_age", draw.one_of({"0", "2h", "1h", "300ms"})};
    case 5:
    case 6:
      return {"max_msgs_per_subject", draw.one_of({"-1", "20", "4", "1"})};
    case 7:
      return {"discard", draw.one_of({"old", "new"})};
    case 8:
    case 9:
      return {"retention", draw.one_of({"limits", "interest", "workqueue"})};
    case 10:
      return {"storage", draw.one_of({"file", "file", "memory"})};
    case 11:
      return {"description", draw.one_of({"one", "two"})};
    case 12:
      return {"deny_delete", draw.one_of({"true", "false"})};
    case 13:
      return {"first_seq", draw.one_of({"1", "50"})};
    case 14:
      return {"num_replicas", draw.one_of({"1", "1", "3"})};
    case 15:
      return {"compression", draw.one_of({"none", "s2"})};
    case 16:
      return {"duplicate_window", draw.one_of({"30s", "1m"})};
    case 17:
      return {"sealed", draw.one_of({"false", "false", "true"})};
    case 18:
      return {"allow", permission(draw)};
    default:
      return {"subjects", subjects(draw, name)};
  }
}

std::pair<std::string, std::string> consumer_field(Draw& draw, const std::string& stream) {
  switch (draw.below(11)) {
    case 0:
    case 1:
      return {"filter_subject", stream + draw.one_of({".a", ".b", ".>"})};
    case 2:
      return {"filter_subjects", fmt::format("[{0}.a, {0}.{1}]", stream, draw.one_of({"b", "c"}))};
    case 3:
      return {"max_deliver", draw.one_of({"-1", "3", "1"})};
    case 4:
      return {"ack_wait", draw.one_of({"30s", "1m", "500ms"})};
    case 5:
      return {"max_ack_pending", draw.one_of({"1000", "2"})};
    case 6:
      return {"deliver_policy", draw.one_of({"all", "all", "new"})};
    case 7:
      return {"ack_policy", draw.one_of({"explicit", "explicit", "all"})};
    case 8:
      return {"headers_only", draw.one_of({"true", "false"})};
    case 9:
      return {"allow", permission(draw)};
    default:
      return {"description", draw.one_of({"one", "two"})};
  }
}

std::pair<std::string, std::string> bucket_field(Draw& draw) {
  switch (draw.below(5)) {
    case 0:
    case 1:
      return {"history", draw.one_of({"1", "3", "8"})};
    case 2:
      return {"ttl", draw.one_of({"0", "1h", "300ms"})};
    case 3:
      return {"allow", permission(draw)};
    default:
      return {"description", draw.one_of({"one", "two"})};
  }
}

std::string flow(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format(", {}: {}", name, value);
  return text;
}

}  // namespace

void RandomManifest::change(Draw& draw) {
  if (streams_.empty())
    for (int i = 0; i < 3; ++i)
      change_stream(draw, fmt::format("s{}", i));
  const int changes = 1 + draw.below(4);
  for (int i = 0; i < changes; ++i)
    change_once(draw);
}

void RandomManifest::change_once(Draw& draw) {
  const std::string name = fmt::format("s{}", draw.below(kStreams));
  const int what = draw.below(20);
  if (what < 2 && streams_.size() > 1)
    streams_.erase(name);
  else if (what < 4)
    change_bucket(draw);
  else if (what < 10 && streams_.contains(name))
    change_consumer(draw, name);
  else
    change_stream(draw, name);
}

void RandomManifest::change_stream(Draw& draw, const std::string& name) {
  const bool is_new = !streams_.contains(name);
  Fields& fields = streams_[name].fields;
  if (is_new)
    fields = {{"subjects", subjects(draw, name)}};
  const auto [field, value] = stream_field(draw, name);
  if (!is_new && field != "subjects" && draw.chance(20))
    fields.erase(field);
  else
    fields[field] = value;
}

void RandomManifest::change_consumer(Draw& draw, const std::string& stream) {
  auto& consumers = streams_[stream].consumers;
  const std::string name = draw.one_of({"c0", "c1"});
  if (consumers.contains(name) && draw.chance(15)) {
    consumers.erase(name);
    return;
  }
  Fields& fields = consumers[name];
  if (fields.empty())
    fields = {{"ack_policy", "explicit"}};
  const auto [field, value] = consumer_field(draw, stream);
  if (field.starts_with("filter_subject"))
    for (const char* form : {"filter_subject", "filter_subjects"})
      fields.erase(form);
  fields[field] = value;
}

void RandomManifest::change_bucket(Draw& draw) {
  const std::string name = draw.one_of({"k0", "k1"});
  if (buckets_.contains(name) && draw.chance(15)) {
    buckets_.erase(name);
    return;
  }
  const auto [field, value] = bucket_field(draw);
  buckets_[name][field] = value;
}

std::string RandomManifest::allow_of(const std::string& stream, const std::string& name) const {
  const auto allow_in = [](const auto& fields) {
    const auto found = fields.find("allow");
    return found == fields.end() ? std::string{} : found->second;
  };
  if (const auto owner = streams_.find(stream); owner != streams_.end())
    return owner->second.consumers.contains(name) ? allow_in(owner->second.consumers.at(name)) : "";
  if (name.starts_with("KV_"))
    return buckets_.contains(name.substr(3)) ? allow_in(buckets_.at(name.substr(3))) : "";
  const auto own = streams_.find(name);
  return own == streams_.end() ? "" : allow_in(own->second.fields);
}

std::string RandomManifest::yaml() const {
  std::string text = "streams:\n";
  for (const auto& [name, stream] : streams_) {
    text += fmt::format("  - name: {}\n", name);
    for (const auto& [field, value] : stream.fields)
      text += fmt::format("    {}: {}\n", field, value);
    if (!stream.consumers.empty())
      text += "    consumers:\n";
    for (const auto& [consumer, fields] : stream.consumers)
      text += fmt::format("      - {{name: {}{}}}\n", consumer, flow(fields));
  }
  if (!buckets_.empty())
    text += "kv:\n";
  for (const auto& [name, fields] : buckets_)
    text += fmt::format("  - {{name: {}{}}}\n", name, flow(fields));
  return text;
}

}  // namespace unified::test
