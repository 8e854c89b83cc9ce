#include "jetstream/restore_memory.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr ServerVersion kFirstThatHoldsIt{2, 11, 0};
constexpr std::int64_t kProofBefore = 64 * kMiB;
constexpr std::int64_t kProofSince = 1024 * kMiB;

bool holds_it_in_memory(ServerVersion version) {
  return version >= kFirstThatHoldsIt;
}

std::string room_text(const MemoryRoom& room) {
  return room.limit > 0 ? fmt::format("{} are free below the memory limit of {}",
                                      format_bytes(room.free), format_bytes(room.limit))
                        : fmt::format("{} are free on this machine", format_bytes(room.free));
}

}  // namespace

RestoreNeeds restore_needs(const RestoreTask& task) {
  const bool held = holds_it_in_memory(task.version);
  const std::int64_t meanwhile = held && task.restores ? task.stream_bytes / 10 * 7 : 0;
  return {.proof = held ? kProofSince : kProofBefore,
          .live = meanwhile + (task.into_memory ? task.stream_bytes : 0)};
}

std::optional<std::string> restore_refusal(const RestoreTask& task, const MemoryRoom& room) {
  const RestoreNeeds needs = restore_needs(task);
  if (room.free < needs.proof)
    return fmt::format(
        "not enough memory to prove it: {}, {} are needed for a second nats-server {}",
        room_text(room), format_bytes(needs.proof), to_text(task.version));
  if (room.free < needs.live)
    return fmt::format(
        "not enough memory to put it in place: {}, and nats-server {} needs {} for a stream of {}",
        room_text(room), to_text(task.version), format_bytes(needs.live),
        format_bytes(task.stream_bytes));
  return std::nullopt;
}

std::int64_t proof_memory_limit(const MemoryRoom& room) {
  return std::max(room.free / 10 * 8, kProofBefore);
}

}  // namespace unified::jetstream
