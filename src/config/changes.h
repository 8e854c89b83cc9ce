#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace unified::config {

/// One variable that has another value than before.
struct Change {
  std::string name;
  std::string before;  ///< as `config` shows it: secrets are `***`
  std::string after;
  bool reloadable = false;  ///< a running broker takes it (facts §7); else it needs a restart
  bool at_start = false;    ///< a sidecar needs a restart for it; all else it takes
};

/// What differs in effect, in the table's order. Variables that this release does not use are no
/// difference.
std::vector<Change> changes(const Settings& before, const Settings& after);

/// `NATS_MAX_PAYLOAD: 1MB -> 2MB`; for secrets only that they changed.
std::string describe(const Change& change);

}  // namespace unified::config
