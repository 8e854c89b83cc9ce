#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/preparation.h"
#include "config/changes.h"

namespace unified::app {

/// What another configuration would mean for the broker that runs.
struct ReloadPlan {
  std::vector<std::string> differences;   ///< one line each, for people, without secrets
  std::vector<std::string> need_restart;  ///< names of variables that a running broker can't take
  bool server = false;                    ///< nats.conf, or a file it names, is another one
  bool streams = false;                   ///< the manifest declares something else
  bool login = false;                     ///< our own connection is made in another way
  [[nodiscard]] bool empty() const { return differences.empty(); }
};

/// Compares. Both must have been rendered with the same internal user.
ReloadPlan plan_reload(const Preparation& now, const Preparation& next);

/// A fingerprint of every file that nats.conf names: certificates, keys, NATS_EXTRA_CONFIG_FILE.
/// One that can't be read has 0. Reads files.
std::map<std::string, std::uint64_t> fingerprints(const config::Settings& settings);

}  // namespace unified::app
