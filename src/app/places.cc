#include "app/places.h"

#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "os/directories.h"

namespace unified::app {
namespace {

std::string folder_of(const std::string& file) {
  const std::string folder = std::filesystem::path{file}.parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

std::vector<std::string> unusable_places(const config::Settings& settings) {
  std::vector<std::string> lines;
  const auto look = [&lines](std::string_view variable, const std::string& directory) {
    if (const auto usable = os::check_could_create(directory); !usable)
      lines.push_back(fmt::format("{}: {}; `run` would fail on this machine", variable,
                                  usable.error().message));
  };
  if (!settings.server.run_dir.empty())
    look("RUN_DIR", settings.server.run_dir);
  if (!settings.server.config_file.empty())
    look("NATS_CONFIG_FILE", folder_of(settings.server.config_file));
  if (settings.logs.nats_log_file_set && !settings.logs.nats_log_file.empty())
    look("NATS_LOG_FILE", folder_of(settings.logs.nats_log_file));
  if (settings.jetstream.enabled)
    look("JETSTREAM_STORE_DIR", settings.jetstream.store_dir);
  return lines;
}

}  // namespace unified::app
