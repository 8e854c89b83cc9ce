#include "jetstream/manifest_builder.h"

#include <utility>

#include <fmt/format.h>

#include "jetstream/consumer_rules.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

/// Something is published to it or read into it.
bool is_fed(const nlohmann::json& config) {
  const auto has = [&](const char* name) { return config.contains(name) && !config[name].empty(); };
  return has("subjects") || has("mirror") || has("sources");
}

}  // namespace

void ManifestBuilder::add_stream(StreamSpec spec,
                                 const YAML::Node& at,
                                 const std::optional<std::string>& name,
                                 std::size_t mistakes_before) {
  const bool sound = mistakes() == mistakes_before;
  if (name && !is_valid_stream_name(*name))
    fail(at, fmt::format("stream name {}: 1 to 255 of A-Z a-z 0-9 _ -", shown(*name)));
  spec.name = name.value_or("");
  spec.origin = fields_.position(at);
  const std::string called = name ? *name : "?";
  if (sound && name && !is_fed(spec.config)) {
    // As every server does (2.9 to 2.15).
    warn(at,
         fmt::format("stream {0} has no subjects: it stores what is published to \"{0}\"", called));
    spec.config["subjects"] = {*name};
  }
  for (const std::string& problem : stream_problems(spec))
    fail(at, fmt::format("stream {}: {}", called, problem));
  if (name)
    manifest_.streams.push_back(std::move(spec));
}

void ManifestBuilder::fold_filter(nlohmann::json& config, const YAML::Node& at) {
  const auto one = config.find("filter_subject");
  if (one == config.end())
    return;
  const nlohmann::json filter = std::move(*one);
  config.erase(one);
  const bool is_empty = filter.get_ref<const std::string&>().empty();
  if (is_empty && fields_.is_by_tools())
    return;  // they write it for "not said"
  if (config.contains("filter_subjects") && !config["filter_subjects"].empty()) {
    fail(at, "filter_subject or filter_subjects, not both");
    return;
  }
  config["filter_subjects"] = is_empty ? nlohmann::json::array() : nlohmann::json::array({filter});
}

/// Tools write it although the server takes the first of backoff instead.
void ManifestBuilder::drop_idle_ack_wait(ConsumerSpec& spec, const YAML::Node& at) {
  const auto wait = spec.config.find("ack_wait");
  const auto backoff = spec.config.find("backoff");
  if (wait == spec.config.end() || backoff == spec.config.end() || backoff->empty() ||
      *wait == backoff->front())
    return;
  warn(at, fmt::format("consumer {}: ack_wait has no effect, the first of backoff takes its place",
                       shown(spec.name)));
  spec.config.erase(wait);
}

void ManifestBuilder::add_consumer(ConsumerSpec spec, const YAML::Node& at) {
  spec.origin = fields_.position(at);
  fold_filter(spec.config, at);
  if (fields_.is_by_tools())
    drop_idle_ack_wait(spec, at);
  if (!is_valid_stream_name(spec.stream))
    fail(at, fmt::format("consumer {}: stream {}: 1 to 255 of A-Z a-z 0-9 _ -", shown(spec.name),
                         shown(spec.stream)));
  for (const std::string& problem : consumer_problems(spec))
    fail(at, fmt::format("consumer {} of {}: {}", spec.name, spec.stream, problem));
  manifest_.consumers.push_back(std::move(spec));
}

}  // namespace unified::jetstream
