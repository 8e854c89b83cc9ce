#include "config/changes.h"

#include <map>

#include <fmt/format.h>

#include "config/variables.h"

namespace unified::config {
namespace {

std::string revealed(const std::vector<Secret>& secrets) {
  std::string text;
  for (const Secret& secret : secrets)
    text += secret.reveal() + "\n";
  return text;
}

/// What `values` shows as `***` or without userinfo, as it is.
std::map<std::string, std::string> secrets_of(const Settings& settings) {
  return {{"JETSTREAM_ENCRYPTION_KEY", settings.jetstream.encryption_key.reveal()},
          {"NATS_AUTH_PASSWORD", settings.auth.password.reveal()},
          {"NATS_AUTH_TOKEN", settings.auth.token.reveal()},
          {"NATS_CLUSTER_PASSWORD", settings.cluster.password.reveal()},
          {"NATS_CLUSTER_ROUTES", revealed(settings.cluster.routes)},
          {"NATS_URL", revealed(settings.clients.urls)}};
}

std::map<std::string, std::string> shown_by(const Settings& settings) {
  std::map<std::string, std::string> shown;
  for (const EffectiveValue& value : settings.values)
    shown[value.name] = value.value;
  return shown;
}

}  // namespace

std::vector<Change> changes(const Settings& before, const Settings& after) {
  constexpr std::uint32_t kWithoutEffect = kLater | kLaterPart | kComposeOnly | kOther;
  const auto shown_before = shown_by(before);
  auto secrets_before = secrets_of(before);
  auto secrets_after = secrets_of(after);
  std::vector<Change> found;
  for (const EffectiveValue& value : after.values) {
    const Variable* variable = find_variable(value.name);
    if (variable == nullptr || variable->is(kWithoutEffect))
      continue;
    const auto old = shown_before.find(value.name);
    const std::string was = old == shown_before.end() ? std::string{} : old->second;
    if (was != value.value || secrets_before[value.name] != secrets_after[value.name])
      found.push_back(
          {value.name, was, value.value, variable->is(kReload), variable->is(kAtStart)});
  }
  return found;
}

std::string describe(const Change& change) {
  const Variable* variable = find_variable(change.name);
  if (variable != nullptr && variable->hidden())
    return change.name + ": changed";
  const auto text = [](const std::string& value) { return value.empty() ? "(unset)" : value; };
  return fmt::format("{}: {} -> {}", change.name, text(change.before), text(change.after));
}

}  // namespace unified::config
