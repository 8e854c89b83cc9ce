#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "health/assess.h"

namespace unified::health {

/// What to_json(checks) wrote; nothing for other text.
std::optional<std::vector<Check>> parse_checks(std::string_view json);

/// A plugin's one line and what Nagios reads from it: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
struct NagiosAnswer {
  std::string line;
  int exit_code = 0;
};

/// `NAME STATUS Crit:… Warn:… | CHECK=SECONDSs`, as `nats server check` writes it.
NagiosAnswer to_nagios(std::string_view name, const std::vector<Check>& checks);

/// The answer of somebody who could not ask.
NagiosAnswer unknown_to_nagios(std::string_view name, std::string_view why);

/// For a textfile collector: `nats_server_check_NAME_status_code{item,status}` with the number that
/// Nagios would get, and `nats_server_check_NAME_seconds{item}`; the names of `nats server check`.
std::string to_prometheus(std::string_view item, const std::vector<Check>& checks);

}  // namespace unified::health
