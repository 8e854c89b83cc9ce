#pragma once

#include <memory>
#include <string>

#include <nats/nats.h>

#include "base/result.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

using NatsOptions = std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)>;

/// nats.c's form of the options, without callbacks.
Result<NatsOptions> make_options(const ConnectOptions& options);

}  // namespace unified::nats
