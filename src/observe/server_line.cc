#include "observe/server_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace unified::observe {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 6> kTags{{{"[TRC] ", Level::kTrace},
                                                                   {"[DBG] ", Level::kDebug},
                                                                   {"[INF] ", Level::kInfo},
                                                                   {"[WRN] ", Level::kWarning},
                                                                   {"[ERR] ", Level::kError},
                                                                   {"[FTL] ", Level::kCritical}}};

/// The prefix `[PID] date time ` is at most this long; a tag further right is somebody's text.
constexpr std::size_t kPrefix = 48;

constexpr std::array<std::string_view, 6> kClientMarks{
    " - cid:", " - rid:", " - lid:", " - gid:", " - mid:", " - wid:"};

}  // namespace

ServerLine parse_server_line(std::string_view line) {
  ServerLine parsed;
  parsed.text = line;
  std::size_t first = std::string_view::npos;
  for (const auto& [tag, level] : kTags) {
    const std::size_t at = line.substr(0, kPrefix).find(tag);
    if (at < first) {
      first = at;
      parsed.level = level;
      parsed.text = line.substr(at + tag.size());
    }
  }
  parsed.from_client = std::ranges::any_of(kClientMarks, [line](std::string_view mark) {
    return line.find(mark) != std::string_view::npos;
  });
  return parsed;
}

}  // namespace unified::observe
