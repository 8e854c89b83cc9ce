#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "jetstream/seen_restores.h"

namespace unified::app {

/// GET of a page of nats-server's monitoring; its body. Blocks.
using GetMonitorPage = std::function<Result<std::string>(const std::string& target)>;

/// Which streams somebody restores, as far as it can be seen from outside: by the subscriptions of
/// nats-server's /subsz, and by .snap-staging in the store (empty: out of sight). Blocks: worker
/// thread only.
jetstream::RestoreLook look_for_restores(const GetMonitorPage& get, const std::string& store_dir);

}  // namespace unified::app
