#pragma once

#include <string>

#include "base/result.h"

namespace unified::nats {

/// The whole file, up to 1 MiB.
Result<std::string> read_pem_file(const std::string& path);

}  // namespace unified::nats
