#include "app/black_box_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kFiles = 20;
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kPrefix = "nats-server-";

fs::path run_folder(const BlackBoxPlaces& places) {
  return fs::path{places.run_dir} / "black-box";
}

fs::path store_folder(const BlackBoxPlaces& places) {
  return fs::path{places.store_dir} / "unified-nats-black-box";
}

/// nats-server-20261121T180908123Z-3-crash.json: the names' order is that of time.
std::string name_of(const FlightRecord& record) {
  std::string time = utc_text(record.at);
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return fmt::format("{}{}-{}-{}{}", kPrefix, time, record.evidence.incident.incarnation,
                     to_text(record.evidence.incident.kind), kSuffix);
}

/// Ours, oldest first.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix))
      found.push_back(entry->path());
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> keep_in(const fs::path& folder,
                            const std::string& name,
                            const std::string& text) {
  if (const auto made = os::make_directories(folder.string(), 0700); !made)
    return made.error();
  // Room first: on a full disk the newest one is worth more than the oldest.
  const auto files = files_in(folder);
  for (std::size_t i = 0; i + kFiles <= files.size(); ++i) {
    std::error_code ignored;
    fs::remove(files[i], ignored);
  }
  const std::string path = (folder / name).string();
  if (const auto written = os::write_file_atomically(path, text, 0600); !written)
    return written.error();
  return path;
}

std::string text_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

RecordFile file_of(const FlightRecord& record) {
  return {name_of(record), to_text(record)};
}

Result<std::string> keep_in_run_dir(const BlackBoxPlaces& places, const RecordFile& file) {
  return keep_in(run_folder(places), file.name, file.text);
}

Result<std::string> keep_in_store(const BlackBoxPlaces& places, const RecordFile& file) {
  if (places.store_dir.empty() || !os::is_directory(places.store_dir))
    return Error{"there is no store to keep it in"};
  return keep_in(store_folder(places), file.name, file.text);
}

std::optional<ordered_json> newest_record(const BlackBoxPlaces& places) {
  auto files = files_in(run_folder(places));
  if (files.empty() && !places.store_dir.empty())
    files = files_in(store_folder(places));
  if (files.empty())
    return std::nullopt;
  const std::string path = files.back().string();
  const auto text = os::read_text_file(path);
  const auto body = ordered_json::parse(text ? *text : "", nullptr, false);
  if (!body.is_object() || !body.contains("cause") || !body["cause"].is_object())
    return std::nullopt;
  const ordered_json& cause = body["cause"];
  return ordered_json{{"at", text_at(body, "at")},
                      {"kind", text_at(body, "kind")},
                      {"cause", text_at(cause, "text")},
                      {"cause_kind", text_at(cause, "kind")},
                      {"confirmed_by", text_at(cause, "confirmed_by")},
                      {"advice", text_at(cause, "advice")},
                      {"file", path}};
}

}  // namespace unified::app
