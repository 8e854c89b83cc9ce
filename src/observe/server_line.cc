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

/// server/client.go, initClient; _ws: MQTT and leaf nodes over websocket.
constexpr std::array<std::string_view, 8> kClientMarks{
    " - cid:", " - rid:", " - gid:", " - wid:", " - lid:", " - lid_ws:", " - mid:", " - mid_ws:"};

/// By the dash, which is rarer than the blank: this is asked of every line of a tracing server.
bool has_client_mark(std::string_view line) {
  for (std::size_t at = line.find('-', 1); at != std::string_view::npos;
       at = line.find('-', at + 1))
    if (std::ranges::any_of(kClientMarks, [rest = line.substr(at - 1)](std::string_view mark) {
          return rest.starts_with(mark);
        }))
      return true;
  return false;
}

}  // namespace

ServerLine parse_server_line(std::string_view line) {
  ServerLine parsed;
  parsed.text = line;
  const std::string_view prefix = line.substr(0, kPrefix);
  for (std::size_t at = prefix.find('['); at != std::string_view::npos;
       at = prefix.find('[', at + 1)) {
    const auto* tag = std::ranges::find_if(kTags, [rest = prefix.substr(at)](const auto& each) {
      return rest.starts_with(each.first);
    });
    if (tag != kTags.end()) {
      parsed.level = tag->second;
      parsed.text = line.substr(at + tag->first.size());
      break;
    }
  }
  parsed.from_client = has_client_mark(line);
  return parsed;
}

bool is_traced(std::string_view line) {
  return parse_server_line(line.substr(0, kPrefix)).level < Level::kInfo;
}

}  // namespace unified::observe
