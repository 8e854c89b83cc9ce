#include "app/sidecar_preparation.h"

#include <utility>

#include "app/reload_plan.h"

namespace unified::app {

Result<Preparation, Failure> prepare_sidecar(config::Loaded loaded,
                                             const os::Environment& environment) {
  auto ready = begin_preparation(std::move(loaded), environment);
  if (!ready)
    return ready.error();
  ready->settings.logs.nats_log_file.clear();  // it would hold the lines of a server of ours
  if (const auto checked = check_client(); !checked)
    return checked.error();
  ready->files = fingerprints(ready->settings);
  ready->config_warnings = ready->warnings;
  return ready;
}

}  // namespace unified::app
