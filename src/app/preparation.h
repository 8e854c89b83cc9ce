#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/failure.h"
#include "app/manifest_source.h"
#include "base/result.h"
#include "base/server_version.h"
#include "config/load.h"
#include "jetstream/nats/connection.h"
#include "os/environ.h"
#include "os/unique_fd.h"
#include "render/nats_conf.h"

namespace unified::app {

/// The program to supervise.
struct Server {
  std::string binary;
  ServerVersion version;
};

/// Everything about a start that can be decided before anything is written or started.
struct Preparation {
  config::Settings settings;
  LoadedManifest manifest;
  Server server;
  render::InternalUser internal;
  nats::ConnectOptions connect;
  std::string monitor_address;
  std::string conf;  ///< nats.conf's text
  std::vector<std::string> run_dir_candidates;
  std::vector<std::string> warnings;
};

/// Checks all that needs no store and no RUN_DIR: manifest, nats-server, template, extra
/// configuration, certificates. Writes nothing but the cache of nats-server's version.
Result<Preparation, Failure> prepare(config::Loaded loaded, const os::Environment& environment);

/// The nats-server to run: NATS_SERVER_BIN, else on PATH (exit 126/127), and its version.
Result<Server, Failure> find_server(const config::Settings& settings,
                                    const os::Environment& environment,
                                    const std::vector<std::string>& run_dir_candidates);

/// NATS_EXTRA_CONFIG_FILE read and checked, certificates checked, and nats.conf rendered. `conf` is
/// empty on failure.
Result<std::string, Failure> render_conf(const config::Settings& settings,
                                         ServerVersion version,
                                         const render::InternalUser& internal);

/// RUN_DIR's places for these settings.
std::vector<std::string> run_dirs(const std::string& configured,
                                  const os::Environment& environment);

}  // namespace unified::app
