#include "app/server_command.h"

#include <string_view>
#include <utility>

#include "config/variables.h"

namespace unified::app {
namespace {

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

supervise::Policy supervision_policy(const config::Settings& all) {
  const config::SupervisionSettings& settings = all.supervision;
  supervise::Policy policy;
  policy.restart = settings.restart_policy == config::RestartPolicy::kAlways
                       ? supervise::Policy::Restart::kAlways
                   : settings.restart_policy == config::RestartPolicy::kNever
                       ? supervise::Policy::Restart::kNever
                       : supervise::Policy::Restart::kOnFailure;
  policy.restart_max = settings.restart_max;
  policy.restart_window = settings.restart_window;
  policy.stop_timeout = settings.stop_timeout;
  policy.lame_duck = settings.stop_mode == config::StopMode::kLameDuck ||
                     (settings.stop_mode == config::StopMode::kAuto && all.cluster.enabled);
  return policy;
}

}  // namespace unified::app
