#include "app/broker.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/running_broker.h"

namespace unified::app {

BrokerEnd run_broker(Preparation preparation, BrokerOptions options) {
  auto admitted = admit(preparation, std::move(options.kept));
  if (!admitted) {
    for (const std::string& line : admitted.error().lines)
      fmt::print(stderr, "unified_entrypoint: {}\n", line);
    return {admitted.error().exit_code, false, {}};
  }
  // Never destroyed: the worker may still wait for a server that does not answer, and the process
  // ends with this function.
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
  auto* broker =
      new RunningBroker{std::move(preparation), *std::move(admitted), std::move(options)};
  return broker->run();
}

}  // namespace unified::app
