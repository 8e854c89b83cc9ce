#pragma once

#include <chrono>

#include "base/result.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

/// See Module::check_certificates. An encrypted key is an error: nats-server can't open it.
Result<CertificateReport> check_certificates(const CertificateFiles& files,
                                             std::chrono::system_clock::time_point now);

}  // namespace unified::nats
