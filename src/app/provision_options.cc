#include "app/provision_options.h"

#include <chrono>
#include <string>
#include <utility>

#include "app/blocking.h"
#include "app/store_state.h"
#include "health/http/http_probe.h"

namespace unified::app {
namespace {

constexpr std::chrono::milliseconds kOwnMonitorPatience{1000};

GetMonitorPage own_monitor(const std::string& address, int port) {
  return [address, port](const std::string& target) -> Result<std::string> {
    auto answer = run_blocking(health::http_get(address, port, target, kOwnMonitorPatience));
    if (!answer || !*answer)
      return Error{answer ? answer->error().message : "no answer"};
    return std::move((**answer).body);
  };
}

}  // namespace

ProvisionOptions provision_options(const Preparation& ready) {
  const config::Settings& settings = ready.settings;
  ProvisionOptions options;
  options.connect = ready.connect;
  options.jetstream_enabled = settings.jetstream.enabled;
  options.desired = std::make_shared<const jetstream::Declarations>(ready.manifest);
  options.allowed = allowed_from(settings.reconcile.allow);
  options.version = ready.server.version;
  options.clustered = settings.cluster.enabled;
  options.store_dir = settings.jetstream.store_dir;
  options.init_timeout = settings.reconcile.init_timeout;
  options.reconcile_interval = settings.reconcile.interval;
  options.restore_hold = settings.reconcile.restore_hold;
  options.monitor = own_monitor(ready.monitor_address, settings.server.http_port);
  return options;
}

}  // namespace unified::app
