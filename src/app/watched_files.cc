#include "app/watched_files.h"

#include <filesystem>

#include "os/presence.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualManifest = "/app/config/streams.yaml";
constexpr const char* kAtomicWriter = "..data";

void add(std::map<std::string, std::set<std::string>>& places, const fs::path& file) {
  const fs::path folder = file.parent_path();
  if (file.filename().empty())
    return;
  // One that can't be looked at can't be watched either, and that is told by who tries.
  const auto presence = os::presence_of(folder.string());
  if (!presence || *presence == os::Presence::kDirectory)
    places[folder.string()].insert(file.filename().string());
}

bool is_yaml(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

}  // namespace

std::vector<std::string> watched_files(const Preparation& preparation,
                                       const std::vector<std::string>& env_files) {
  const config::Settings& settings = preparation.settings;
  std::vector<std::string> files = env_files;
  files.insert(files.end(), preparation.read_from.begin(), preparation.read_from.end());
  for (const auto& [path, print] : preparation.files)
    files.push_back(path);
  const std::string& manifest = settings.reconcile.streams_file;
  files.push_back(manifest.empty() ? kUsualManifest : manifest);
  if (!settings.server.conf_template.empty())
    files.push_back(settings.server.conf_template);
  return files;
}

std::map<std::string, std::set<std::string>> places_of(const std::vector<std::string>& files) {
  std::map<std::string, std::set<std::string>> places;
  for (const std::string& each : files) {
    std::error_code error;
    const fs::path file = fs::absolute(each, error);
    if (error)
      continue;
    add(places, file);
    const fs::path real = fs::canonical(file, error);
    if (error)
      continue;
    if (fs::is_directory(real, error))
      places[real.string()].insert(kAnyYaml);
    else
      add(places, real);
  }
  return places;
}

bool concerns(const std::set<std::string>& names, const std::string& name) {
  return names.contains(name) || name == kAtomicWriter ||
         (is_yaml(name) && names.contains(kAnyYaml));
}

}  // namespace unified::app
