#include "app/server_command.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/variables.h"

namespace unified::app {
namespace {

/// nats-server's flags for what nats.conf says already, and those that would blind or duplicate us
/// (2.9 to 2.15).
constexpr std::array<std::string_view, 40> kRendered{"a",
                                                     "addr",
                                                     "net",
                                                     "p",
                                                     "port",
                                                     "n",
                                                     "name",
                                                     "server_name",
                                                     "P",
                                                     "pid",
                                                     "m",
                                                     "http_port",
                                                     "ms",
                                                     "https_port",
                                                     "c",
                                                     "config",
                                                     "t",
                                                     "sl",
                                                     "signal",
                                                     "client_advertise",
                                                     "ports_file_dir",
                                                     "l",
                                                     "log",
                                                     "T",
                                                     "logtime",
                                                     "s",
                                                     "syslog",
                                                     "r",
                                                     "remote_syslog",
                                                     "D",
                                                     "debug",
                                                     "V",
                                                     "trace",
                                                     "DV",
                                                     "js",
                                                     "jetstream",
                                                     "sd",
                                                     "store_dir",
                                                     "user",
                                                     "pass"};
constexpr std::array<std::string_view, 16> kRenderedToo{"auth",
                                                        "tls",
                                                        "tlscert",
                                                        "tlskey",
                                                        "tlsverify",
                                                        "tlscacert",
                                                        "routes",
                                                        "cluster",
                                                        "cluster_name",
                                                        "no_advertise",
                                                        "cluster_advertise",
                                                        "connect_retries",
                                                        "cluster_listen",
                                                        "VV",
                                                        "DVV",
                                                        "log_size_limit"};

/// A variable of ours, or the NAME_FILE of one that is secret.
bool is_setting(std::string_view name) {
  const config::Variable* variable = config::find_variable(name);
  if (variable != nullptr)
    return variable->ours();
  constexpr std::string_view kSuffix = "_FILE";
  if (!name.ends_with(kSuffix))
    return false;
  variable = config::find_variable(name.substr(0, name.size() - kSuffix.size()));
  return variable != nullptr && variable->hidden();
}

}  // namespace

ServerCommand server_command(const os::Environment& environment,
                             const std::vector<std::string>& server_arguments) {
  std::vector<std::string> stripped;
  for (const auto& [name, value] : environment)
    if (is_setting(name))
      stripped.push_back(name);
  return {server_arguments, os::child_environment(environment, stripped)};
}

os::SpawnRequest spawn_request(const ServerCommand& command,
                               const std::string& binary,
                               const std::string& conf) {
  os::SpawnRequest request;
  request.program = binary;
  request.arguments = {"nats-server", "-c", conf};
  request.arguments.insert(request.arguments.end(), command.extra_arguments.begin(),
                           command.extra_arguments.end());
  request.environment = command.environment;
  return request;
}

supervise::Policy restart_policy(const config::SupervisionSettings& settings) {
  supervise::Policy policy;
  policy.restart = settings.restart_policy == config::RestartPolicy::kAlways
                       ? supervise::Policy::Restart::kAlways
                   : settings.restart_policy == config::RestartPolicy::kNever
                       ? supervise::Policy::Restart::kNever
                       : supervise::Policy::Restart::kOnFailure;
  policy.restart_max = settings.restart_max;
  policy.restart_window = settings.restart_window;
  policy.stop_timeout = settings.stop_timeout;
  return policy;
}

std::string rendered_argument(const std::vector<std::string>& server_arguments) {
  for (const std::string& argument : server_arguments) {
    if (!argument.starts_with('-'))
      continue;
    const std::string name = argument.substr(argument.find_first_not_of('-') == std::string::npos
                                                 ? argument.size()
                                                 : argument.find_first_not_of('-'));
    const std::string flag = name.substr(0, name.find('='));
    if (std::ranges::find(kRendered, flag) != kRendered.end() ||
        std::ranges::find(kRenderedToo, flag) != kRenderedToo.end())
      return argument;
  }
  return {};
}

}  // namespace unified::app
