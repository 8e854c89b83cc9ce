#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "health/snapshot.h"

namespace unified::health {

/// Whether these words of nats-server's (2.10 and newer; 2.9 says nothing) are about a write that
/// the file system refused for want of room, or of quota. Only for lines without client text.
bool tells_of_no_room(std::string_view text);

/// What speaks for and against a full disk, at one moment.
struct RoomEvidence {
  bool server_said = false;        ///< a line of tells_of_no_room()
  bool jetstream_silent = false;   ///< asked, and no answer in its time: 2.9 hangs when it is full
  std::optional<DiskFacts> disk;   ///< none: it did not answer
  std::optional<bool> refused_us;  ///< a write of our own in the store; none: not tried
};

enum class RoomVerdict {
  kRoom,     ///< nothing to do
  kFull,     ///< confirmed: the server must stop before there is room again
  kWasFull,  ///< the server was refused a write, and there is room again already
};

/// Two sources are needed for kFull: the server's word or its silence, and the file system's.
/// Pure.
RoomVerdict judge(const RoomEvidence& evidence);

/// Whether there is so little left that nothing is stored any more: no inode, or a few blocks.
/// Pure.
bool is_full(const DiskFacts& disk);

/// "12.0 KiB free", or "no inode is free". Pure.
std::string what_is_left(const DiskFacts& disk);

/// Whether enough is free to start on again: 64 MB and 1 %, on a small disk a quarter; and inodes
/// for the blocks that the streams will begin. Pure.
bool has_room(const DiskFacts& disk);

}  // namespace unified::health
