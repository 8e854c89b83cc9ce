#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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
  std::chrono::system_clock::time_point read_at = std::chrono::system_clock::now();
  config::Settings settings;
  LoadedManifest manifest;
  Server server;
  render::InternalUser internal;
  nats::ConnectOptions connect;
  std::string monitor_address;
  std::string conf;                            ///< nats.conf's text
  std::map<std::string, std::uint64_t> files;  ///< that it names, with a print of their content
  std::vector<std::string> read_from;          ///< .env files and files with secrets
  std::vector<std::string> run_dir_candidates;
  std::vector<std::string> warnings;
  /// Those of them that the configuration gives, as prepare() found them.
  std::vector<std::string> config_warnings;
};

/// Those of `next` that are not among `now`.
std::vector<std::string> new_warnings(const std::vector<std::string>& now,
                                      const std::vector<std::string>& next);

/// Puts `next` in the place of the configuration's warnings. Those from elsewhere (the store) stay.
void adopt_warnings(Preparation& current, std::vector<std::string> next);

/// What a broker and a sidecar begin with: settings with absolute paths, manifest, RUN_DIR's
/// places, every warning so far.
Result<Preparation, Failure> begin_preparation(config::Loaded loaded,
                                               const os::Environment& environment);

/// Checks all that needs no store and no RUN_DIR: manifest, nats-server, template, extra
/// configuration, certificates. Writes nothing but the cache of nats-server's version. `internal`:
/// the user of a running broker that is to be kept; nullptr makes a new one.
Result<Preparation, Failure> prepare(config::Loaded loaded,
                                     const os::Environment& environment,
                                     const render::InternalUser* internal = nullptr);

/// Our NATS client is opened only when it is needed; that it is missing must not show as late as
/// that.
Result<void, Failure> check_client();

/// Where nats-server is looked for: PATH, then beside this program (`./dev` puts one there).
std::string search_path(const os::Environment& environment);

/// Where an image keeps the version of its nats-server: beside the client module; empty without
/// one.
std::string image_cache();

/// The nats-server to run: NATS_SERVER_BIN, else by search_path() (exit 126/127), and its version.
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
