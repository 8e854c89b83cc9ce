#pragma once

#include <string>

#include <nats/nats.h>

namespace unified::nats {

/// What nats.c says about the call that just failed on this thread, without its source position,
/// else the status' own text.
std::string last_error_text(natsStatus status);

}  // namespace unified::nats
