#include <fmt/format.h>

#include "config/cross_checks.h"

namespace unified::config {
namespace {

/// A file that sets everything to its default, as env/.env.unified does, asks for nothing.
bool differs_from_default(const Value& value) {
  return value.set && !value.faulty && value.text != value.variable->default_text;
}

}  // namespace

void check_sidecar(const Values& values, Findings& findings) {
  if (!values.is_set("NATS_URL"))
    findings.error("NATS_URL",
                   fmt::format("required, because {} is false: where the nats-server is that we "
                               "stand beside, nats://host:4222 (user:password@ before the host "
                               "if it wants a login)",
                               mention(values, "AUTO_START_NATS")),
                   {"AUTO_START_NATS"});
  std::string names;
  for (const Value& value : values.all())
    if (value.variable->is(kOwnServer) && differs_from_default(value))
      names += (names.empty() ? "" : ", ") + mention(values, value.variable->name);
  if (!names.empty())
    findings.warning("AUTO_START_NATS",
                     "no nats-server of ours runs, so that these have no effect: " + names);
}

}  // namespace unified::config
