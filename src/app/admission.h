#pragma once

#include <memory>
#include <string>

#include "app/failure.h"
#include "app/preparation.h"
#include "base/result.h"
#include "observe/log.h"
#include "os/handover.h"
#include "os/run_dir.h"
#include "os/unique_fd.h"

namespace unified::app {

/// What an instance must hold before it may touch anything.
struct Admission {
  std::string run_dir;
  os::RunDirLock lock;   ///< of run_dir; held for the life of the instance
  os::UniqueFd control;  ///< the listening control socket of the life before a restart, or none
  os::UniqueFd conf;     ///< the lock of nats.conf of that life, or none
  std::unique_ptr<observe::Log> log;
};

/// Makes RUN_DIR, takes its lock (`kept`: it is ours already, unless RUN_DIR is another now), opens
/// the log. Fails with 73 when another instance holds the lock, with 78 when no
/// directory can be used; waits up to INIT_TIMEOUT for what may pass in RUN_DIR (no room), then
/// fails with 75, or with 0 when asked to stop meanwhile. Adds to `preparation.warnings`.
Result<Admission, Failure> admit(Preparation& preparation, os::Handover kept);

}  // namespace unified::app
