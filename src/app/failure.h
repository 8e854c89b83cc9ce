#pragma once

#include <string>
#include <vector>

#include "base/exit_code.h"

namespace unified::app {

/// Why a start can't go on: what our process ends with and every line that a person should read.
struct Failure {
  ExitCode exit_code = kExitConfiguration;
  std::vector<std::string> lines;
};

}  // namespace unified::app
