#include "jetstream/export_objects.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/bucket_streams.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kUsualWindow = 120'000'000'000;
constexpr std::int64_t kUsualWaiting = 512;
constexpr std::int64_t kUsualAckPending = 1000;

/// Keys of the configuration that say where it is, not how.
bool is_identity(std::string_view key) {
  constexpr std::array<std::string_view, 4> kIdentity{"name", "durable_name", "stream_name",
                                                      "filter_subject"};
  return std::ranges::find(kIdentity, key) != kIdentity.end();
}

/// The members of objects that the table does not know. As deep as the table.
void note_unknown_members(const Field& field,  // NOLINT(misc-no-recursion)
                          const Json& value,
                          const std::string& whose,
                          std::vector<std::string>& notes) {
  if (value.is_array()) {
    for (const Json& one : value)
      note_unknown_members(field, one, whose, notes);
    return;
  }
  const auto members = members_of(field);
  if (!value.is_object() || members.empty())
    return;
  for (const auto& [key, part] : value.items()) {
    const auto member = std::ranges::find(members, key, &Field::name);
    if (member == members.end())
      notes.push_back(
          fmt::format("{}: {}.{} is not known here and left out", whose, field.name, shown(key)));
    else
      note_unknown_members(*member, part, whose, notes);
  }
}

/// The fields that the table knows and that are set.
Json known_part(const Json& config,
                std::span<const Field> fields,
                const std::string& whose,
                std::vector<std::string>& notes) {
  for (const auto& [key, value] : config.items()) {
    const auto field = std::ranges::find(fields, key, &Field::name);
    if (field != fields.end())
      note_unknown_members(*field, value, whose, notes);
    else if (!is_identity(key))
      notes.push_back(fmt::format("{}: {} is not known here and left out", whose, shown(key)));
  }
  Json known = Json::object();
  for (const Field& field : fields) {
    const auto found = config.find(field.name);
    if (found == config.end() || found->is_null() || !has_shape(field, *found))
      continue;
    Json value = normalized(field, *found);
    if (field.default_json.empty() || is_set(field, value))
      known[std::string{field.name}] = std::move(value);
  }
  return known;
}

bool erase_if_equal(Json& config, const char* name, const Json& value) {
  const auto found = config.find(name);
  if (found == config.end() || *found != value)
    return false;
  config.erase(found);
  return true;
}

/// Leaves out the fields that a manifest is refused for although the server took them, and says so;
/// false: it would still be refused, which is said, too.
template <typename Spec>
bool leave_refused_out(Spec& spec,
                       std::vector<std::string> (*problems_of)(const Spec&),
                       std::initializer_list<std::string_view> needed,
                       const std::string& whose,
                       std::vector<std::string>& notes) {
  std::vector<std::string> problems = problems_of(spec);
  const auto without = [&](const std::string& field) {
    Spec less = spec;
    less.config.erase(field);
    return less;
  };
  const auto mends = [&](const auto& entry) {
    return std::ranges::find(needed, entry.key()) == needed.end() &&
           problems_of(without(entry.key())).size() < problems.size();
  };
  while (!problems.empty()) {
    const auto items = spec.config.items();
    const auto found = std::find_if(items.begin(), items.end(), mends);
    if (found == items.end()) {
      notes.push_back(fmt::format("{} is left out: {}", whose, problems.front()));
      return false;
    }
    const std::string& field = found.key();
    Spec less = without(field);
    std::vector<std::string> others = problems_of(less);
    const auto mended = std::ranges::find_if(problems, [&](const std::string& problem) {
      return std::ranges::find(others, problem) == others.end();
    });
    notes.push_back(fmt::format("{}: {} is left out: {}", whose, field,
                                mended == problems.end() ? problems.front() : *mended));
    spec = std::move(less);
    problems = std::move(others);
  }
  return true;
}

std::optional<StreamSpec> declared_stream(const StreamState& state,
                                          std::vector<std::string>& notes) {
  StreamSpec spec{.name = state.name, .config = {}, .origin = {}};
  spec.config = known_part(state.config, stream_fields(), "stream " + state.name, notes);
  for (const char* name : {"storage", "retention"})
    spec.config[name] = value_in(*find_field(name), state.config);
  const auto age = value_in(*find_field("max_age"), spec.config).get<std::int64_t>();
  // nats-server 2.15 gives a stream with sources no duplicate_window by default: here it is said.
  if (!spec.config.contains("sources"))
    erase_if_equal(spec.config, "duplicate_window",
                   age > 0 ? std::min(age, kUsualWindow) : kUsualWindow);
  if (spec.config.contains("subjects") && spec.config["subjects"].empty())
    spec.config.erase("subjects");
  if (!leave_refused_out(spec, stream_problems,
                         {"subjects", "storage", "retention", "mirror", "sources"},
                         "stream " + spec.name, notes))
    return std::nullopt;
  return spec;
}

/// A consumer that a server made to read a stream into another: it comes and goes with that one's
/// mirror or sources (2.15 lists some of them, with names, as durable).
bool is_servers_own(const Json& config) {
  return config.value("direct", Json{}) == true || config.value("sourcing", Json{}) == true ||
         text_at(config, "deliver_subject").starts_with("$JS.");
}

/// Comes and goes with its client.
bool is_passing(const ConsumerState& consumer) {
  return text_at(consumer.config, "durable_name").empty() && !is_servers_own(consumer.config);
}

/// A word of a younger server that no manifest can say (2.15: ack_policy flow_control).
std::optional<std::string> unknown_word(const ConsumerState& consumer) {
  for (const Field& field : consumer_fields()) {
    if (field.kind != FieldKind::kEnum)
      continue;
    const std::string word = text_at(consumer.config, std::string{field.name}.c_str());
    if (!word.empty() && std::ranges::find(field.values, word) == field.values.end())
      return fmt::format("{} {}", field.name, shown(word));
  }
  return std::nullopt;
}

std::optional<ConsumerSpec> declared_consumer(const ConsumerState& state,
                                              std::vector<std::string>& notes) {
  const std::string whose = fmt::format("consumer {} of {}", state.name, state.stream);
  ConsumerSpec spec{.stream = state.stream, .name = state.name, .config = {}, .origin = {}};
  spec.config = known_part(state.config, consumer_fields(), whose, notes);
  spec.config["ack_policy"] = value_in(*find_consumer_field("ack_policy"), state.config);
  if (const std::string one = text_at(state.config, "filter_subject"); !one.empty())
    spec.config["filter_subjects"] = Json::array({one});
  erase_if_equal(spec.config, "max_waiting", kUsualWaiting);
  erase_if_equal(spec.config, "max_ack_pending", kUsualAckPending);
  if (!leave_refused_out(spec, consumer_problems, {"ack_policy", "filter_subjects"}, whose, notes))
    return std::nullopt;
  return spec;
}

/// Fields that a bucket has under names of its own.
constexpr std::array<std::string_view, 13> kBucketFields{
    "description",  "max_age",      "max_bytes",
    "storage",      "num_replicas", "placement",
    "compression",  "metadata",     "max_msgs_per_subject",
    "max_msg_size", "republish",    "mirror",
    "sources"};

Json listed_subjects(const Json& config) {
  return config.value("subjects", Json::array());
}

bool means_the_same(const Json& a, const Json& b) {
  return std::ranges::all_of(stream_fields(), [&](const Field& field) {
    // The server's choice unless it is said; that of a mirror follows its origin.
    if (field.name == "mirror_direct" ||
        (field.name == "duplicate_window" && !a.contains(field.name)))
      return true;
    if (field.kind == FieldKind::kSubjects)
      return listed_subjects(a) == listed_subjects(b);
    return same_meaning(field, value_in(field, a), value_in(field, b));
  });
}

/// Removes duplicate_window when it has the value that the server would choose: some clients of
/// buckets set it, others leave it out.
void erase_usual_window(Json& config) {
  if (!config.contains("duplicate_window") || config["duplicate_window"] == kUsualWindow ||
      config["duplicate_window"] == config.value("max_age", Json{}))
    config.erase("duplicate_window");
}

std::optional<BucketView> view_as(BucketView::Kind kind,
                                  const std::optional<std::string>& bucket,
                                  Json config) {
  if (!bucket)
    return std::nullopt;
  erase_usual_window(config);
  BucketView view{.kind = kind, .name = *bucket, .declared = Json::object()};
  const bool is_kv = kind == BucketView::Kind::kKv;
  const std::size_t fields = is_kv ? kBucketFields.size() : 8;
  for (const std::string_view name : std::span{kBucketFields}.first(fields))
    if (config.contains(name))
      view.declared[std::string{name}] = config[std::string{name}];
  if (is_kv && config.contains("subject_delete_marker_ttl"))
    view.declared["subject_delete_marker_ttl"] = config["subject_delete_marker_ttl"];
  const auto history = value_in(*find_field("max_msgs_per_subject"), config).get<std::int64_t>();
  constexpr std::int64_t kMostKept = 64;
  if (is_kv && (history < 1 || history > kMostKept))
    return std::nullopt;
  StreamSpec spec{.name = {}, .config = view.declared, .origin = {}};
  (is_kv ? complete_kv : complete_object_store)(*bucket, spec);
  Json whole = as_created(std::move(spec)).config;
  erase_usual_window(whole);
  if (config.contains("duplicate_window") || !means_the_same(whole, config))
    return std::nullopt;
  return view;
}

/// A manifest is refused for a consumer that does not fit its stream, or the others of it: a server
/// that had it before the stream was changed keeps it.
void leave_unfitting_out(ExportObjects& objects) {
  const Declarations declared{objects.streams, objects.consumers};
  std::set<std::pair<std::string, std::string>> unfitting;
  for (const auto& [consumer, what] : consumer_set_findings(declared))
    if (unfitting.emplace(consumer->stream, consumer->name).second)
      objects.notes.push_back(
          fmt::format("consumer {} of {} is left out: {}", consumer->name, consumer->stream, what));
  std::erase_if(objects.consumers, [&](const ConsumerSpec& spec) {
    return unfitting.contains({spec.stream, spec.name});
  });
}

/// Returns the names of those that are left out though they could be declared.
std::set<std::string> add_streams(const std::vector<StreamState>& streams, ExportObjects& objects) {
  std::set<std::string> left_out;
  for (const StreamState& stream : streams)
    if (!is_valid_stream_name(stream.name))
      objects.notes.push_back(fmt::format(
          "stream {} is left out: its name is none that can be declared", shown(stream.name)));
    else if (auto spec = declared_stream(stream, objects.notes))
      objects.streams.push_back(*std::move(spec));
    else
      left_out.insert(stream.name);
  return left_out;
}

}  // namespace

ExportObjects exportable(const std::vector<StreamState>& streams,
                         const std::vector<ConsumerState>& consumers) {
  ExportObjects objects;
  const std::set<std::string> left_out = add_streams(streams, objects);
  if (const auto passing = std::ranges::count_if(consumers, is_passing); passing > 0)
    objects.notes.push_back(fmt::format(
        "consumers without a durable name are left out ({}): their clients make them", passing));
  const auto add_declared = [&](const ConsumerState& consumer) {
    if (auto spec = declared_consumer(consumer, objects.notes))
      objects.consumers.push_back(*std::move(spec));
  };
  for (const ConsumerState& consumer : consumers) {
    if (is_servers_own(consumer.config) || is_passing(consumer))
      continue;
    if (left_out.contains(consumer.stream))
      objects.notes.push_back(fmt::format("consumer {} of {} is left out with its stream",
                                          shown(consumer.name), consumer.stream));
    else if (const auto word = unknown_word(consumer))
      objects.notes.push_back(fmt::format("consumer {} of {} is left out: {} can't be declared",
                                          shown(consumer.name), shown(consumer.stream), *word));
    else if (is_valid_consumer_name(consumer.name) && is_valid_stream_name(consumer.stream))
      add_declared(consumer);
    else
      objects.notes.push_back(
          fmt::format("consumer {} of {} is left out: its name is none that "
                      "can be declared",
                      shown(consumer.name), shown(consumer.stream)));
  }
  leave_unfitting_out(objects);
  return objects;
}

std::optional<BucketView> bucket_in(const StreamSpec& spec) {
  if (auto kv = view_as(BucketView::Kind::kKv, kv_bucket_of(spec.name), spec.config))
    return kv;
  return view_as(BucketView::Kind::kObjectStore, object_store_of(spec.name), spec.config);
}

}  // namespace unified::jetstream
