#include "app/restore_memory.h"

#include "os/readings.h"

namespace unified::app {
namespace {

std::optional<jetstream::MemoryRoom> room_now() {
  const auto left = os::memory_left();
  if (!left)
    return std::nullopt;
  return jetstream::MemoryRoom{.free = left->free, .limit = left->limit};
}

}  // namespace

std::optional<std::string> lacks_memory(const jetstream::RestoreTask& task) {
  const auto room = room_now();
  return room ? jetstream::restore_refusal(task, *room) : std::nullopt;
}

std::int64_t memory_for_proof() {
  const auto room = room_now();
  return room ? jetstream::proof_memory_limit(*room) : 0;
}

}  // namespace unified::app
