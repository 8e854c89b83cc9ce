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

/// Makes it hold that many bytes if the system lets us; else it holds what it did (64 KiB).
void widen_pipe(const UniqueFd& end, std::size_t bytes);

}  // namespace unified::os
