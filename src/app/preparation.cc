#include "app/preparation.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "app/absolute_paths.h"
#include "app/endpoints.h"
#include "app/reload_plan.h"
#include "app/server_command.h"
#include "config/defaults.h"
#include "jetstream/nats/module.h"
#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/nats_server.h"
#include "os/readings.h"
#include "os/run_dir.h"
#include "render/extra_config.h"
#include "supervise/stop.h"

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
  nats::CertificateFiles files{tls.cert, tls.key, tls.ca, {}, {}};
  if (tls.enabled && tls.verify) {
    files.client_cert = ready.connect.tls.client_cert;
    files.client_key = ready.connect.tls.client_key;
  }
  const auto report = (*module)->check_certificates(files);
  if (!report)
    return configuration_failure(report.error().message);
  ready.connect.tls.expected_name = report->expected_name;
  ready.warnings.insert(ready.warnings.end(), report->warnings.begin(), report->warnings.end());
  return {};
}

/// What runtimes wait before they kill, unless told otherwise.
std::chrono::seconds usual_stop_budget(const os::Environment& environment) {
  constexpr std::chrono::seconds kDocker{10};
  constexpr std::chrono::seconds kKubernetes{30};
  return environment.contains("KUBERNETES_SERVICE_HOST") ? kKubernetes : kDocker;
}

void warn_about_stop(Preparation& ready, const os::Environment& environment) {
  const supervise::Policy policy = supervision_policy(ready.settings);
  const auto told = ready.settings.supervision.stop_grace_period;
  if (told || os::inside_container())
    if (auto warning =
            supervise::stop_budget_warning(policy, told.value_or(usual_stop_budget(environment))))
      ready.warnings.push_back(*std::move(warning));
  if (auto warning =
          supervise::lame_duck_warning(policy, ready.settings.supervision.lame_duck_grace))
    ready.warnings.push_back(*std::move(warning));
}

void warn_about_surroundings(Preparation& ready) {
  const std::string& host = ready.settings.server.host;
  if (os::inside_container() && config::is_loopback(host))
    ready.warnings.push_back(
        fmt::format("NATS_HOST={}: inside a container only its own processes reach it (with the "
                    "host's network: this machine's); 0.0.0.0 is for clients outside",
                    host));
  const std::string& store = ready.settings.jetstream.store_dir;
  if (ready.settings.jetstream.enabled && os::inside_container() && !os::is_on_own_mount(store))
    ready.warnings.push_back(
        fmt::format("JETSTREAM_STORE_DIR={} is not on a volume: every message is lost with the "
                    "container; mount one there",
                    store));
}

}  // namespace

Result<void, Failure> check_client() {
  if (const auto found = nats::Module::find(); !found)
    return Failure{kExitInternal,
                   {found.error().message + "; install it beside this program, it is part of it"}};
  return {};
}

std::string search_path(const os::Environment& environment) {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return variable_of(environment, "PATH") + ":" + program.parent_path().string();
}

std::string image_cache() {
  const auto module = nats::Module::find();
  return module ? std::filesystem::path{*module}.replace_filename("server_version.json").string()
                : std::string{};
}

std::vector<std::string> run_dirs(const std::string& configured,
                                  const os::Environment& environment) {
  return os::run_dir_candidates(configured, variable_of(environment, "XDG_RUNTIME_DIR"));
}

Result<Server, Failure> find_server(const config::Settings& settings,
                                    const os::Environment& environment,
                                    const std::vector<std::string>& run_dir_candidates) {
  auto binary = os::find_nats_server(settings.server.server_bin, search_path(environment));
  if (!binary)
    return Failure{binary.error().exit_code, {binary.error().message}};
  const auto run_dir = os::find_run_dir(run_dir_candidates);
  const auto version = os::server_version(
      *binary, {.own = run_dir ? *run_dir + "/server_version.json" : "", .image = image_cache()});
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

Result<Preparation, Failure> begin_preparation(config::Loaded loaded,
                                               const os::Environment& environment) {
  Preparation ready;
  ready.settings = std::move(loaded.settings);
  ready.read_from = std::move(loaded.files);
  make_paths_absolute(ready.settings);
  for (const config::Problem& warning : loaded.warnings)
    ready.warnings.push_back(to_text(warning));
  if (const std::string& run_dir = ready.settings.server.run_dir; !run_dir.empty())
    if (const auto fits = os::check_run_dir_length(run_dir); !fits)
      return configuration_failure(fits.error().message);
  auto manifest = load_manifest(ready.settings);
  if (!manifest)
    return manifest.error();
  ready.manifest = *std::move(manifest);
  ready.warnings.insert(ready.warnings.end(), ready.manifest.warnings.begin(),
                        ready.manifest.warnings.end());
  ready.run_dir_candidates = run_dirs(ready.settings.server.run_dir, environment);
  return ready;
}

std::vector<std::string> new_warnings(const std::vector<std::string>& now,
                                      const std::vector<std::string>& next) {
  std::vector<std::string> fresh;
  std::ranges::copy_if(next, std::back_inserter(fresh), [&now](const std::string& warning) {
    return std::ranges::find(now, warning) == now.end();
  });
  return fresh;
}

void adopt_warnings(Preparation& current, std::vector<std::string> next) {
  const std::vector<std::string> gone = new_warnings(next, current.config_warnings);
  std::erase_if(current.warnings, [&gone](const std::string& warning) {
    return std::ranges::find(gone, warning) != gone.end();
  });
  std::ranges::move(new_warnings(current.config_warnings, next),
                    std::back_inserter(current.warnings));
  current.config_warnings = std::move(next);
}

Result<Preparation, Failure> prepare(config::Loaded loaded,
                                     const os::Environment& environment,
                                     const render::InternalUser* internal) {
  auto begun = begin_preparation(std::move(loaded), environment);
  if (!begun)
    return begun.error();
  Preparation ready = *std::move(begun);

  const auto address = reachable_address(ready.settings.server.host);
  const auto monitor = reachable_address(ready.settings.server.http_host);
  if (!address || !monitor)
    return configuration_failure(address ? monitor.error().message : address.error().message);
  ready.monitor_address = *monitor;
  ready.internal = internal != nullptr ? *internal : make_internal_user();
  ready.connect = own_connection(ready.settings, *address, ready.internal);
  auto server = find_server(ready.settings, environment, ready.run_dir_candidates);
  if (!server)
    return server.error();
  ready.server = *std::move(server);
  if (ready.settings.jetstream.enabled)
    if (const auto checked = check_client(); !checked)
      return checked.error();
  if (const auto checked = check_certificates(ready); !checked)
    return checked.error();
  auto conf = render_conf(ready.settings, ready.server.version, ready.internal);
  if (!conf)
    return conf.error();
  ready.conf = *std::move(conf);
  ready.files = fingerprints(ready.settings);
  warn_about_surroundings(ready);
  warn_about_stop(ready, environment);
  ready.config_warnings = ready.warnings;
  return ready;
}

}  // namespace unified::app
