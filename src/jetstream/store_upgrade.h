#pragma once

#include <optional>

#include "base/server_version.h"
#include "jetstream/store.h"

namespace unified::jetstream {

/// Whether this nats-server gives an encrypted stream a new meta.key under its old meta.inf, once
/// it has opened the stream without a sound msgs/index.db: nothing before 2.10 writes that file,
/// and 2.10 not before the first two minutes are over or the server stops. The stream can then not
/// be read at the next start ("unable to recover keys"), by any version. Seen on 2.10.27
/// and 2.11.11, not on 2.9.10, 2.12.8, 2.14.6 and 2.15.1 (issue 13).
bool replaces_keys(ServerVersion version);

/// Refuses such a server on an encrypted store that was not last used by 2.10 or newer; with
/// JETSTREAM_UPGRADE_COPY_META it is only told that the store's meta.* must be copied first
/// (PreflightReport::copy_meta). Pure.
void check_upgrade(const StoreFacts& disk,
                   const std::optional<StoreMarker>& marker,
                   const Wanted& wanted,
                   PreflightReport& report);

}  // namespace unified::jetstream
