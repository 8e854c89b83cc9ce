#pragma once

#include "os/unique_fd.h"

namespace unified::os {

/// What this process keeps over execute_again(): nobody may take RUN_DIR meanwhile, and who asks
/// waits for an answer instead of finding nobody.
struct Handover {
  UniqueFd lock;     ///< of RUN_DIR
  UniqueFd control;  ///< the control socket, listening
  UniqueFd conf;     ///< the lock of nats.conf
};

/// What the process before us (execute_again) has left, or nothing. Takes the note out of the
/// environment: nats-server must not see it. Before there are threads.
Handover take_handover();

}  // namespace unified::os
