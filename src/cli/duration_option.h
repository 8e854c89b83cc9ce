#pragma once

#include <chrono>
#include <string>

#include "cli/context.h"

namespace unified::cli {

/// An option that takes a duration as every setting does: `30`, `90s`, `2m`, `1h30m`.
void add_duration(CLI::App& command,
                  const std::string& name,
                  std::chrono::milliseconds& value,
                  const std::string& help);

}  // namespace unified::cli
