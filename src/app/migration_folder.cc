#include "app/migration_folder.h"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/parked_stream.h"
#include "os/file_text.h"

namespace unified::app::migration_folder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestMeta = std::size_t{16} << 20U;

}  // namespace

std::string root_of(const std::string& store_dir) {
  return (fs::path{store_dir} / kRoot).string();
}

std::string free_name(const std::string& path) {
  std::error_code ignored;
  for (int number = 1;; ++number)
    if (std::string name = fmt::format("{}-{}", path, number); !fs::exists(name, ignored))
      return name;
}

Left left_in(const std::string& folder) {
  std::error_code error;
  const std::string meta = folder + "/meta.inf";
  const bool there = fs::exists(meta, error);
  if (error)
    return Left::kUnreadable;
  if (!there)
    return Left::kByUs;
  const auto text = os::read_text_file(meta, kLongestMeta);
  const auto config = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json{};
  if (!config.is_object() || !config.contains("subjects"))
    return Left::kUnreadable;
  return jetstream::is_parked(config) ? Left::kByUs : Left::kByOthers;
}

}  // namespace unified::app::migration_folder
