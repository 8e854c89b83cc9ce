#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "app/preparation.h"
#include "app/restore_look.h"
#include "base/server_version.h"
#include "jetstream/nats/connection.h"
#include "jetstream/plan.h"

namespace unified::app {

struct ProvisionOptions {
  nats::ConnectOptions connect;
  bool jetstream_enabled = true;
  std::shared_ptr<const jetstream::Declarations> desired;  ///< never null
  jetstream::Allowed allowed;
  ServerVersion version;
  bool clustered = false;
  std::string store_dir;
  std::chrono::nanoseconds init_timeout{};
  std::chrono::nanoseconds reconcile_interval{};  ///< 0: only at start
  std::chrono::nanoseconds restore_hold{};
  GetMonitorPage monitor;  ///< of the server's monitoring; empty: it is out of sight
};

/// What the settings say about provisioning.
ProvisionOptions provision_options(const Preparation& ready);

}  // namespace unified::app
