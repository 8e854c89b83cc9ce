#include "app/preparation.h"

#include <utility>

#include <fmt/format.h>

#include "app/absolute_paths.h"
#include "app/endpoints.h"
#include "jetstream/nats/module.h"
#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/nats_server.h"
#include "os/readings.h"
#include "os/run_dir.h"
#include "render/extra_config.h"

namespace unified::app {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;
constexpr ServerVersion kOldest{2, 9, 0};

std::string variable_of(const os::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

Failure configuration_failure(const std::string& line) {
  return {kExitConfiguration, {line}};
}

Result<std::string, Failure> template_text(const config::Settings& settings) {
  if (settings.server.conf_template.empty())
    return std::string{render::default_template()};
  auto text = os::read_text_file(settings.server.conf_template, kMaxFileBytes);
  if (!text)
    return configuration_failure("NATS_CONF_TEMPLATE: " + text.error().message);
  return *std::move(text);
}

/// The certificates as nats-server will read them, and the name to expect from it.
Result<void, Failure> check_certificates(Preparation& ready) {
  const config::TlsSettings& tls = ready.settings.tls;
  if (!tls.enabled && !ready.settings.cluster.tls_enabled)
    return {};
  const auto module = nats::Module::open();
  if (!module)
    return Failure{kExitInternal, {module.error().message}};
  const auto report = (*module)->check_certificates({tls.cert, tls.key, tls.ca});
  if (!report)
    return configuration_failure(report.error().message);
  ready.connect.tls.expected_name = report->expected_name;
  ready.warnings.insert(ready.warnings.end(), report->warnings.begin(), report->warnings.end());
  return {};
}

void warn_about_surroundings(Preparation& ready) {
  const std::string& store = ready.settings.jetstream.store_dir;
  if (ready.settings.jetstream.enabled && os::inside_container() && !os::is_on_own_mount(store))
    ready.warnings.push_back(
        fmt::format("JETSTREAM_STORE_DIR={} is not on a volume: every message is lost with the "
                    "container; mount one there",
                    store));
}

}  // namespace

std::vector<std::string> run_dirs(const std::string& configured,
                                  const os::Environment& environment) {
  return os::run_dir_candidates(configured, variable_of(environment, "XDG_RUNTIME_DIR"));
}

Result<Server, Failure> find_server(const config::Settings& settings,
                                    const os::Environment& environment,
                                    const std::vector<std::string>& run_dir_candidates) {
  auto binary = os::find_nats_server(settings.server.server_bin, variable_of(environment, "PATH"));
  if (!binary)
    return Failure{binary.error().exit_code, {binary.error().message}};
  const auto run_dir = os::find_run_dir(run_dir_candidates);
  const auto version =
      os::server_version(*binary, run_dir ? *run_dir + "/server_version.json" : "");
  if (!version)
    return Failure{kExitNotExecutable, {version.error().message}};
  if (*version < kOldest)
    return configuration_failure(
        fmt::format("{} is nats-server {}: {} or newer is needed; point NATS_SERVER_BIN to one",
                    *binary, to_text(*version), to_text(kOldest)));
  return Server{*std::move(binary), *version};
}

Result<std::string, Failure> render_conf(const config::Settings& settings,
                                         ServerVersion version,
                                         const render::InternalUser& internal) {
  if (const std::string& file = settings.server.extra_config_file; !file.empty()) {
    const auto extra = os::read_text_file(file, kMaxFileBytes);
    if (!extra)
      return configuration_failure("NATS_EXTRA_CONFIG_FILE: " + extra.error().message);
    if (const auto checked = render::check_extra_config(*extra, file, settings, version); !checked)
      return configuration_failure(checked.error().message);
  }
  const auto tmpl = template_text(settings);
  if (!tmpl)
    return tmpl.error();
  auto conf = render::nats_conf(settings, version, internal, *tmpl);
  if (!conf)
    return configuration_failure(conf.error().message);
  return *std::move(conf);
}

Result<Preparation, Failure> prepare(config::Loaded loaded, const os::Environment& environment) {
  Preparation ready;
  ready.settings = std::move(loaded.settings);
  make_paths_absolute(ready.settings);
  for (const config::Problem& warning : loaded.warnings)
    ready.warnings.push_back(to_text(warning));

  auto manifest = load_manifest(ready.settings);
  if (!manifest)
    return manifest.error();
  ready.manifest = *std::move(manifest);
  ready.warnings.insert(ready.warnings.end(), ready.manifest.warnings.begin(),
                        ready.manifest.warnings.end());

  const auto address = reachable_address(ready.settings.server.host);
  const auto monitor = reachable_address(ready.settings.server.http_host);
  if (!address || !monitor)
    return configuration_failure(address ? monitor.error().message : address.error().message);
  ready.monitor_address = *monitor;
  ready.internal = make_internal_user();
  ready.connect = own_connection(ready.settings, *address, ready.internal);
  ready.run_dir_candidates = run_dirs(ready.settings.server.run_dir, environment);

  auto server = find_server(ready.settings, environment, ready.run_dir_candidates);
  if (!server)
    return server.error();
  ready.server = *std::move(server);
  if (const auto checked = check_certificates(ready); !checked)
    return checked.error();
  auto conf = render_conf(ready.settings, ready.server.version, ready.internal);
  if (!conf)
    return conf.error();
  ready.conf = *std::move(conf);
  warn_about_surroundings(ready);
  return ready;
}

}  // namespace unified::app
