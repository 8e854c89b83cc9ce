#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jetstream/restore_memory.h"

namespace unified::app {

/// jetstream::restore_refusal() for the memory that is free now; nothing also where that can't be
/// read. Asks the kernel only, no disk.
std::optional<std::string> lacks_memory(const jetstream::RestoreTask& task);

/// ThrowawayServer::Options::memory_limit for what is free now; 0 where that can't be read.
std::int64_t memory_for_proof();

}  // namespace unified::app
