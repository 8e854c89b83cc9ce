#include "app/reload_plan.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "jetstream/plan.h"
#include "os/file_text.h"

namespace unified::app {
namespace {

bool same_declarations(const jetstream::Declarations& one, const jetstream::Declarations& other) {
  const auto same = [](const auto& left, const auto& right) {
    return left.name == right.name && left.config == right.config && left.allow == right.allow;
  };
  const auto same_stream = [&](const jetstream::StreamSpec& left,
                               const jetstream::StreamSpec& right) {
    return same(left, right) && left.at_creation == right.at_creation;
  };
  return std::ranges::equal(one.streams, other.streams, same_stream) &&
         std::ranges::equal(
             one.consumers, other.consumers,
             [&](const jetstream::ConsumerSpec& left, const jetstream::ConsumerSpec& right) {
               return left.stream == right.stream && same(left, right);
             });
}

bool is_login(const std::string& variable) {
  return variable.starts_with("NATS_AUTH_") || variable.starts_with("NATS_TLS_");
}

}  // namespace

std::map<std::string, std::uint64_t> fingerprints(const config::Settings& settings) {
  const config::TlsSettings& tls = settings.tls;
  std::map<std::string, std::uint64_t> found;
  for (const std::string& path : {settings.server.extra_config_file, tls.cert, tls.key, tls.ca,
                                  tls.client_cert, tls.client_key}) {
    if (path.empty())
      continue;
    const auto text = os::read_text_file(path);
    found[path] = text ? std::hash<std::string>{}(*text) : 0;
  }
  return found;
}

ReloadPlan plan_reload(const Preparation& now, const Preparation& next) {
  ReloadPlan plan;
  for (const config::Change& change : config::changes(now.settings, next.settings)) {
    plan.differences.push_back(describe(change));
    plan.login = plan.login || is_login(change.name);
    if (!change.reloadable)
      plan.need_restart.push_back(change.name);
  }
  if (now.server.version != next.server.version) {
    plan.differences.push_back(fmt::format("nats-server: {} -> {}", to_text(now.server.version),
                                           to_text(next.server.version)));
    plan.need_restart.emplace_back("nats-server's version");
  }
  for (const auto& [path, print] : next.files) {
    const auto before = now.files.find(path);
    if (before == now.files.end() || before->second == print)
      continue;  // a new path is a change of its variable
    plan.differences.push_back(fmt::format("{}: another content", path));
    plan.server = true;
    plan.login = plan.login || path != next.settings.server.extra_config_file;
  }
  if (now.conf != next.conf) {
    plan.server = true;
    if (plan.differences.empty())
      plan.differences.emplace_back("nats.conf: rendered differently (NATS_CONF_TEMPLATE)");
  }
  plan.streams = !same_declarations(now.manifest, next.manifest);
  if (plan.streams)
    plan.differences.push_back(
        fmt::format("streams: {}, declared by {}", counted(next.manifest), next.manifest.source));
  return plan;
}

}  // namespace unified::app
