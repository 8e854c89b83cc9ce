#include "cli/log_history.h"

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "os/presence.h"

namespace unified::cli {
namespace {

/// `2026/11/21 17:53:01` (local), or `2026-11-21T17:53:01` (UTC); fractions are left out.
std::optional<WallTime> parse_stamp(const std::string& text, const char* format, bool utc) {
  std::tm parts{};
  if (::strptime(text.c_str(), format, &parts) == nullptr)
    return std::nullopt;
  parts.tm_isdst = -1;
  const std::time_t seconds = utc ? ::timegm(&parts) : ::mktime(&parts);
  return seconds < 0 ? std::nullopt
                     : std::optional{std::chrono::system_clock::from_time_t(seconds)};
}

/// `nats.log` -> `nats.3.log`, as spdlog names them.
std::string rotated(const std::string& log_file, int number) {
  const std::filesystem::path path{log_file};
  return (path.parent_path() /
          fmt::format("{}.{}{}", path.stem().string(), number, path.extension().string()))
      .string();
}

/// Oldest first.
Result<std::vector<std::string>> files_of(const std::string& log_file) {
  std::vector<std::string> files;
  for (int number = 0;; ++number) {
    const std::string file = number == 0 ? log_file : rotated(log_file, number);
    const auto presence = os::presence_of(file);
    if (!presence)
      return presence.error();
    if (*presence == os::Presence::kAbsent && number > 0)
      return files;
    if (*presence != os::Presence::kAbsent)
      files.insert(files.begin(), file);
  }
}

}  // namespace

std::optional<WallTime> time_of(std::string_view line) {
  if (line.starts_with('{')) {
    const auto body = nlohmann::json::parse(line, nullptr, false);
    const auto stamp = body.is_object() ? body.find("time") : body.end();
    if (!body.is_object() || stamp == body.end() || !stamp->is_string())
      return std::nullopt;
    return parse_stamp(stamp->get<std::string>(), "%Y-%m-%dT%H:%M:%S", true);
  }
  const std::size_t end = line.find("] ");
  if (!line.starts_with('[') || end == std::string_view::npos)
    return std::nullopt;
  return parse_stamp(std::string{line.substr(end + 2)}, "%Y/%m/%d %H:%M:%S", false);
}

Result<std::vector<std::string>> lines_between(const std::string& log_file,
                                               WallTime since,
                                               WallTime until) {
  const auto files = files_of(log_file);
  if (!files)
    return files.error();
  std::vector<std::string> lines;
  bool wanted = false;
  for (const std::string& name : *files) {
    std::ifstream file{name};
    if (!file && errno == ENOENT)
      continue;  // rotated away meanwhile
    if (!file)
      return system_error("cannot open " + name, errno);
    for (std::string line; std::getline(file, line);) {
      if (const auto at = time_of(line))
        wanted = *at >= since && *at < until;
      if (wanted)
        lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace unified::cli
