#include "app/provision_options.h"

#include "app/store_state.h"

namespace unified::app {

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
  return options;
}

}  // namespace unified::app
