#pragma once

#include <memory>

#include "base/result.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

/// The Connection over nats.c.
Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options,
                                            const Callbacks& callbacks);

}  // namespace unified::nats
