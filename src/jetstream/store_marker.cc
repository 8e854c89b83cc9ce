#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/fields.h"
#include "jetstream/store.h"

namespace unified::jetstream {
namespace {

nlohmann::json stream_json(const MarkedStream& stream) {
  return {{"name", stream.name},
          {"subjects", stream.subjects},
          {"storage", stream.storage},
          {"max_bytes", stream.max_bytes},
          {"num_replicas", stream.num_replicas}};
}

MarkedStream stream_from(const nlohmann::json& json) {
  return {.name = json.at("name").get<std::string>(),
          .subjects = json.value("subjects", std::vector<std::string>{}),
          .storage = json.value("storage", "file"),
          .max_bytes = json.value("max_bytes", std::int64_t{-1}),
          .num_replicas = json.value("num_replicas", std::int64_t{1})};
}

StoreMarker marker_from(const nlohmann::json& json) {
  StoreMarker marker;
  marker.format = json.at("format").get<int>();
  marker.server_version = json.value("server_version", "");
  marker.encrypted = json.value("encrypted", false);
  marker.key_fingerprint = json.value("key_fingerprint", "");
  if (json.contains("clustered"))
    marker.clustered = json.at("clustered").get<bool>();
  marker.max_memory = json.value("max_memory", std::int64_t{0});
  marker.max_file = json.value("max_file", std::int64_t{0});
  for (const auto& stream : json.value("streams", nlohmann::json::array()))
    marker.streams.push_back(stream_from(stream));
  return marker;
}

MarkedStream marked(const std::string& name, const nlohmann::json& config) {
  const auto number = [&](std::string_view field) {
    return value_in(*find_field(field), config).get<std::int64_t>();
  };
  return {.name = name,
          .subjects = subjects_of(config),
          .storage = value_in(*find_field("storage"), config).get<std::string>(),
          .max_bytes = number("max_bytes"),
          .num_replicas = number("num_replicas")};
}

}  // namespace

std::string to_text(const StoreMarker& marker) {
  nlohmann::json streams = nlohmann::json::array();
  for (const MarkedStream& stream : marker.streams)
    streams.push_back(stream_json(stream));
  nlohmann::json json{
      {"format", marker.format},         {"server_version", marker.server_version},
      {"encrypted", marker.encrypted},   {"key_fingerprint", marker.key_fingerprint},
      {"max_memory", marker.max_memory}, {"max_file", marker.max_file},
      {"streams", std::move(streams)}};
  if (marker.clustered)
    json["clustered"] = *marker.clustered;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<StoreMarker> parse_marker(const std::string& text) {
  try {
    StoreMarker marker = marker_from(nlohmann::json::parse(text));
    if (marker.format > StoreMarker::kFormat)
      return Error{fmt::format("the store's marker has format {}, this release knows up to {}",
                               marker.format, StoreMarker::kFormat)};
    return marker;
  } catch (const nlohmann::json::exception& error) {
    return Error{fmt::format("the store's marker can't be read: {}", error.what())};
  }
}

StoreMarker make_marker(const Wanted& wanted, const std::vector<StreamState>& actual) {
  StoreMarker marker{.format = StoreMarker::kFormat,
                     .server_version = to_text(wanted.version),
                     .encrypted = !wanted.key_fingerprint.empty(),
                     .key_fingerprint = wanted.key_fingerprint,
                     .clustered = wanted.clustered,
                     .max_memory = wanted.max_memory,
                     .max_file = wanted.max_file,
                     .streams = {}};
  const StatesByName states = states_by_name(actual);
  for (const StreamSpec& spec : wanted.streams) {
    const StreamState* state = find_state(states, spec.name);
    marker.streams.push_back(marked(spec.name, state == nullptr ? spec.config : state->config));
  }
  return marker;
}

}  // namespace unified::jetstream
