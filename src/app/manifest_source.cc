#include "app/manifest_source.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/subjects.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/presets.h"
#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/presence.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContainerManifest = "/app/config/streams.yaml";
constexpr std::size_t kMaxManifestBytes = std::size_t{1024} * 1024;

struct Text {
  std::string name;
  std::string content;
  bool built_in = false;
};

Failure failure(std::string line) {
  return {kExitConfiguration, {std::move(line)}};
}

Result<Text, Failure> read_one(const fs::path& path) {
  auto content = os::read_text_file(path.string(), kMaxManifestBytes);
  if (!content)
    return failure(fmt::format("STREAMS_FILE: {}", content.error().message));
  return Text{path.filename().string(), *std::move(content)};
}

bool is_manifest_name(const fs::path& path) {
  const fs::path extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

Result<std::vector<Text>, Failure> read_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}; !error && at != fs::directory_iterator{};
       at.increment(error))
    if (is_manifest_name(at->path()))
      paths.push_back(at->path());
  if (error)
    return failure(fmt::format("STREAMS_FILE: cannot read the folder {}: {}", folder.string(),
                               error.message()));
  if (paths.empty())
    return failure(fmt::format("STREAMS_FILE: no *.yaml, *.yml or *.json file in the folder {}",
                               folder.string()));
  std::ranges::sort(paths);
  std::vector<Text> texts;
  for (const fs::path& path : paths) {
    auto text = read_one(path);
    if (!text)
      return text.error();
    texts.push_back(*std::move(text));
  }
  return texts;
}

Result<std::vector<Text>, Failure> read_preset(const std::string& name, std::string& source) {
  std::vector<std::string_view> names;
  for (const jetstream::Preset& preset : jetstream::presets()) {
    names.push_back(preset.name);
    if (preset.name == name) {
      source = "preset " + name;
      return std::vector{Text{std::string{preset.file}, std::string{preset.text}, true}};
    }
  }
  const auto near = nearest(name, names);
  return failure(fmt::format(
      "STREAMS_FILE=\"{}\": no such file here, and no preset of that name{}; presets: {}", name,
      near ? fmt::format(" (did you mean {}?)", *near) : "", fmt::join(names, ", ")));
}

Result<std::vector<Text>, Failure> read_manifest(const std::string& configured,
                                                 std::string& source) {
  const std::string path = configured.empty() ? kContainerManifest : configured;
  const auto presence = os::presence_of(path);
  if (!presence)
    return failure("STREAMS_FILE: " + presence.error().message);
  const bool absent = *presence == os::Presence::kAbsent;
  if (absent && configured.empty()) {
    source = "built-in";
    return std::vector{
        Text{"built-in streams.yaml", std::string{jetstream::default_manifest()}, true}};
  }
  source = path;
  if (*presence == os::Presence::kDirectory)
    return read_folder(path);
  if (absent && path.find('/') == std::string::npos)
    return read_preset(path, source);
  auto text = read_one(path);
  if (!text)
    return text.error();
  return std::vector{*std::move(text)};
}

/// What one file can't see: the same name or the same subjects in another, the stream of a
/// consumer.
void check_across(const jetstream::Declarations& declared, std::vector<std::string>& errors) {
  const auto& streams = declared.streams;
  for (std::size_t i = 0; i < streams.size(); ++i)
    for (std::size_t k = i + 1; k < streams.size(); ++k) {
      const auto& a = streams[i];
      const auto& b = streams[k];
      if (a.name == b.name)
        errors.push_back(
            fmt::format("{}: stream {} is already declared at {}", b.origin, b.name, a.origin));
      for (const std::string& left : jetstream::subjects_of(a.config))
        for (const std::string& right : jetstream::subjects_of(b.config))
          if (subjects_overlap(left, right))
            errors.push_back(
                fmt::format("{}: subject {} of stream {} overlaps {} of stream {} ({})", b.origin,
                            right, b.name, left, a.name, a.origin));
    }
  std::ranges::move(jetstream::consumer_set_problems(declared), std::back_inserter(errors));
}

void add(const jetstream::Manifest& manifest, LoadedManifest& loaded) {
  std::ranges::copy(manifest.streams, std::back_inserter(loaded.streams));
  std::ranges::copy(manifest.consumers, std::back_inserter(loaded.consumers));
  std::ranges::copy(manifest.warnings, std::back_inserter(loaded.warnings));
}

jetstream::ManifestVariables variables_of(const config::Settings& settings) {
  jetstream::ManifestVariables variables;
  variables.scalars = settings.manifest_variables;
  variables.lists = settings.manifest_lists;
  for (const config::EffectiveValue& value : settings.values)
    if (!variables.scalars.contains(value.name) && !variables.lists.contains(value.name))
      variables.secrets.insert(value.name);
  return variables;
}

}  // namespace

Result<LoadedManifest, Failure> load_manifest(const config::Settings& settings) {
  LoadedManifest loaded;
  if (!settings.jetstream.enabled) {
    loaded.source = "none (JETSTREAM_ENABLED=false)";
    return loaded;
  }
  const auto texts = read_manifest(settings.reconcile.streams_file, loaded.source);
  if (!texts)
    return texts.error();
  const jetstream::ManifestVariables variables = variables_of(settings);
  std::vector<std::string> errors;
  std::set<std::string> used;
  for (const Text& text : *texts) {
    const auto parse = text.built_in ? jetstream::parse_built_in : jetstream::parse_manifest;
    const auto manifest = parse(text.content, text.name, variables);
    if (!manifest) {
      errors.insert(errors.end(), manifest.error().begin(), manifest.error().end());
      continue;
    }
    used.insert(manifest->used_variables.begin(), manifest->used_variables.end());
    add(*manifest, loaded);
  }
  if (texts->size() > 1 && errors.empty())
    check_across(loaded, errors);
  if (!errors.empty())
    return Failure{kExitConfiguration, std::move(errors)};
  for (const std::string& name : settings.manifest_variables_set)
    if (!used.contains(name))
      loaded.warnings.push_back(
          fmt::format("{} is set, but {} does not use it", name, loaded.source));
  return loaded;
}

}  // namespace unified::app
