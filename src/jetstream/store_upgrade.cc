#include "jetstream/store_upgrade.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace unified::jetstream {
namespace {

constexpr ServerVersion kFirstWithIndex{2, 10, 0};
constexpr ServerVersion kFirstThatKeepsKeys{2, 12, 0};

/// Of the last start that became ready; nothing when nobody knows.
std::optional<ServerVersion> last_version(const std::optional<StoreMarker>& marker) {
  return marker ? parse_server_version(marker->server_version) : std::nullopt;
}

}  // namespace

bool replaces_keys(ServerVersion version) {
  return version >= kFirstWithIndex && version < kFirstThatKeepsKeys;
}

void check_upgrade(const StoreFacts& disk,
                   const std::optional<StoreMarker>& marker,
                   const Wanted& wanted,
                   PreflightReport& report) {
  if (wanted.key_fingerprint.empty())
    return;  // refused as it is, where streams are encrypted
  const auto encrypted = std::ranges::count_if(disk.streams, &StoredStream::encrypted);
  const std::optional<ServerVersion> last = last_version(marker);
  if (encrypted == 0 || !replaces_keys(wanted.version) || (last && *last >= kFirstWithIndex))
    return;
  if (wanted.copy_meta) {
    report.copy_meta = true;
    return;
  }
  const std::string writer =
      last ? fmt::format("was last written by nats-server {}", to_text(*last))
           : std::string{"may have been written by nats-server 2.9 (no marker of ours tells)"};
  report.errors.push_back(fmt::format(
      "JETSTREAM_STORE_DIR={} holds {} encrypted stream(s) and {}: nats-server {} (all of 2.10 and "
      "2.11) replaces their keys when it stops, and no version can read them at the next start. "
      "Start it once with nats-server 2.12 or newer until it is ready, then with any version; or "
      "set JETSTREAM_UPGRADE_COPY_META=true, which copies every meta.* aside first",
      disk.path, encrypted, writer, to_text(wanted.version)));
}

}  // namespace unified::jetstream
