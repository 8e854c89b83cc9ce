#include "cli/control.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/control_client.h"
#include "app/preparation.h"
#include "cli/configuration.h"
#include "os/run_dir.h"

namespace unified::cli {

Result<api::Response> ask_supervisor(const Context& context,
                                     const std::string& target,
                                     std::chrono::milliseconds patience) {
  const os::Environment environment = os::environment_snapshot();
  const auto candidates = app::run_dirs(configured_run_dir(context, environment), environment);
  const auto run_dir = os::find_run_dir(candidates);
  if (!run_dir)
    return Error{
        fmt::format("no supervisor has run here (looked for {})", fmt::join(candidates, ", "))};
  return api::control_get(*run_dir + "/control.sock", target, patience);
}

}  // namespace unified::cli
