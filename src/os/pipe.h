#pragma once

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// Both ends are closed on exec and block.
struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// pipe2(2).
Result<Pipe> make_pipe();

}  // namespace unified::os
