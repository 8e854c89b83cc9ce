#include "jetstream/store_places.h"

#include <set>
#include <string>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

std::string counted(std::int64_t streams) {
  return fmt::format("{} stream{}", streams, streams == 1 ? "" : "s");
}

std::string how_to_move(const StoreFacts& disk, const std::string& from) {
  const bool below = from == disk.path + "/jetstream";
  return below ? fmt::format("mv {}/jetstream/* {}/", from, from)
               : fmt::format("mv {}/jetstream {}/", from, disk.path);
}

void check_moved(const StoreFacts& disk, PreflightReport& report) {
  if (!disk.streams.empty())
    return;
  if (disk.emptied)
    report.warnings.push_back(
        fmt::format("JETSTREAM_STORE_DIR={} was used by the last start and is empty now: if it "
                    "is a volume, it may "
                    "not be mounted. Starting empty",
                    disk.path));
  for (const OtherStore& other : disk.elsewhere)
    if (other.streams > 0 && other.path != disk.path)
      report.errors.push_back(fmt::format(
          "JETSTREAM_STORE_DIR={} holds no stream, but {} holds {} ({}): the broker would start "
          "empty "
          "beside its data. Set JETSTREAM_STORE_DIR={} again, or move the folder there while no "
          "server "
          "runs ({}); to start empty on purpose, move the old folder away first",
          disk.path, other.path, counted(other.streams), format_bytes(other.bytes), other.path,
          how_to_move(disk, other.path)));
}

/// Stores of `-sd /data` that are mounted a level deeper now.
void check_relocated(const StoreFacts& disk, PreflightReport& report) {
  std::set<std::string> told;
  for (const StoredStream& stream : disk.streams)
    if (const std::string old = disk.path + "/" + stream.account;
        stream.folder.starts_with(old + "/") && told.insert(old).second)
      report.warnings.push_back(fmt::format(
          "nats-server moves the streams of {} to {}/jetstream/{}: every message stays; an older "
          "set-up finds them there with -sd {}",
          old, disk.path, stream.account, disk.path));
}

}  // namespace

void check_places(const StoreFacts& disk, PreflightReport& report) {
  check_moved(disk, report);
  check_relocated(disk, report);
}

}  // namespace unified::jetstream
