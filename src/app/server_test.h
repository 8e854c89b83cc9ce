#pragma once

#include "app/preparation.h"
#include "base/result.h"

namespace unified::app {

/// `nats-server -t` on the rendered file, in a private temporary directory that is removed again.
/// The error is the server's last words. Blocks up to 10 s; not for the reactor.
Result<void> test_conf(const Preparation& ready);

}  // namespace unified::app
