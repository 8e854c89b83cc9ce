#pragma once

#include "config/findings.h"
#include "config/load.h"
#include "config/values.h"

namespace unified::config {

// Rules between variables: all that `nats-server -t` is proved to miss (facts §5), and what only we
// know. Each appends to `findings`.

void check_listeners(const Values& values, Findings& findings);
void check_limits(const Values& values, Findings& findings);
void check_streams(const Values& values, Findings& findings);
void check_auth(const Values& values, Findings& findings);
void check_tls(const Values& values, const Host& host, Findings& findings);
void check_cluster(const Values& values, Findings& findings);

/// AUTO_START_NATS=false: NATS_URL must be there; what only a nats-server of ours would read is a
/// warning.
void check_sidecar(const Values& values, Findings& findings);

/// Limits beyond the machine: warnings.
void check_machine(const Values& values, const Host& host, Findings& findings);

/// What is set but has no effect because its switch is off: warnings.
void check_ineffective(const Values& values, Findings& findings);

/// Insecure settings in production: warnings.
void check_production(const Values& values, Findings& findings);

}  // namespace unified::config
