#include "app/migration_folder.h"

#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/api_answers.h"
#include "jetstream/parked_stream.h"
#include "jetstream/rfc3339.h"
#include "os/file_text.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestMeta = std::size_t{16} << 20U;

/// The content of the meta.inf in a stream's folder: its configuration, and `Created`.
nlohmann::json meta_in(const std::string& folder) {
  const auto text = os::read_text_file(folder + "/meta.inf", kLongestMeta);
  return text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json{};
}

std::string time_of_change(const std::string& folder, std::error_code& error) {
  const fs::file_time_type changed = fs::last_write_time(folder, error);
  const auto since_1970 = std::chrono::file_clock::to_sys(changed).time_since_epoch();
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
  return jetstream::format_rfc3339(ns);
}

}  // namespace

std::string migration_root(const std::string& store_dir) {
  return (fs::path{store_dir} / kMigrationRoot).string();
}

std::string free_name(const std::string& path) {
  std::error_code ignored;
  for (int number = 1;; ++number)
    if (std::string name = fmt::format("{}-{}", path, number); !fs::exists(name, ignored))
      return name;
}

std::string aside_name(const std::string& folder, const std::string& time) {
  return free_name(folder + "-" + time.substr(0, std::string_view{"2026-11-22"}.size()));
}

Result<std::optional<std::string>> put_leftover_aside(const std::string& folder) {
  std::error_code error;
  const bool begun = fs::exists(folder + "/" + kMigrationJournal, error);
  const bool there = !error && fs::exists(folder, error);
  const bool leftover = there && !begun && !fs::is_empty(folder, error);
  const std::string changed = leftover && !error ? time_of_change(folder, error) : std::string{};
  if (error)
    return system_error("cannot look into " + folder, error.value());
  if (!leftover)
    return std::optional<std::string>{};
  std::string aside = aside_name(folder, changed);
  if (auto renamed = os::rename_synced(folder, aside); !renamed)
    return renamed.error();
  return std::optional{std::move(aside)};
}

LeftFolder left_in(const std::string& folder) {
  std::error_code error;
  const std::string meta = folder + "/meta.inf";
  const bool there = fs::exists(meta, error);
  if (error)
    return LeftFolder::kUnreadable;
  if (!there)
    return LeftFolder::kByUs;
  const nlohmann::json config = meta_in(folder);
  if (!config.is_object() || !config.contains("subjects"))
    return LeftFolder::kUnreadable;
  if (jetstream::is_set(config, "sealed"))
    return LeftFolder::kSealed;
  return jetstream::is_parked(config) ? LeftFolder::kByUs : LeftFolder::kByOthers;
}

std::string created_in(const std::string& folder) {
  const nlohmann::json meta = meta_in(folder);
  return meta.is_object() ? jetstream::text_at(meta, "Created") : std::string{};
}

}  // namespace unified::app
