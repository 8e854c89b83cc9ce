#pragma once

#include <string_view>

#include "observe/log.h"

namespace unified::observe {

/// The parts of a line of nats-server: `[PID] 2026/11/21 02:13:56.688783 [INF] text` (time
/// optional, facts §9).
struct ServerLine {
  Level level = Level::kInfo;
  std::string_view text;  ///< behind the level; the whole line if it has no level
  bool from_client =
      false;  ///< carries text of a client (` - cid:` and its like) and must steer nothing
};

/// Pure; the views point into `line`.
ServerLine parse_server_line(std::string_view line);

/// Whether it is one of NATS_TRACE or NATS_DEBUG, of which there may be 100,000 a second. Pure.
bool is_traced(std::string_view line);

}  // namespace unified::observe
