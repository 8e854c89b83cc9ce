#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/target.h"
#include "config/settings.h"
#include "health/assess.h"
#include "jetstream/consumer_spec.h"

namespace unified::cli {

/// What `verify` looks at beside what it always does.
struct VerifyScope {
  bool detailed = false;
  bool publish = false;
  std::optional<std::chrono::nanoseconds> flow;  ///< how long messages may take to arrive
};

struct Verification {
  std::string server;  ///< who was asked, for people
  std::vector<health::Check> checks;
  std::vector<std::string> details;  ///< one line a declared subject
};

/// The deployment test: connect, monitoring, jetstream, streams, datatypes, config, resources, and
/// what the scope adds. Changes nothing (jetstream::stored_round_trip is the only one that writes).
/// Blocks; shows its progress on a terminal.
Verification verify_deployment(const Context& context,
                               const config::Settings& settings,
                               const jetstream::Declarations& desired,
                               const VerifyScope& scope);

}  // namespace unified::cli
