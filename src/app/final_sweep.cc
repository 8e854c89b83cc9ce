#include "app/final_sweep.h"

#include <csignal>

#include "os/process.h"
#include "os/reaper.h"
#include "os/wait_for_children.h"

namespace unified::app {
namespace {
constexpr std::chrono::milliseconds kGrace{500};
}  // namespace

void sweep_namespace() {
  if (!os::is_pid1())
    return;
  (void)os::signal_all_others(SIGTERM);
  if (os::wait_for_no_children(kGrace))
    return;
  (void)os::signal_all_others(SIGKILL);
  (void)os::wait_for_no_children(kGrace);
}

}  // namespace unified::app
