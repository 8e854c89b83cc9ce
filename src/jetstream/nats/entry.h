#pragma once

#include <memory>

#include "base/result.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

/// What unified_nats.so exports. The results are out parameters because C linkage can't return
/// templates; no exception leaves these functions.
extern "C" {
using ConnectEntry = void(const ConnectOptions& options,
                          const Callbacks& callbacks,
                          Result<std::unique_ptr<Connection>>& result);
using WarmUpEntry = void();
using CheckCertificatesEntry = void(const CertificateFiles& files,
                                    Result<CertificateReport>& result);

ConnectEntry unified_nats_connect;
WarmUpEntry unified_nats_warm_up;
CheckCertificatesEntry unified_nats_check_certificates;
}

inline constexpr const char* kConnectEntry = "unified_nats_connect";
inline constexpr const char* kWarmUpEntry = "unified_nats_warm_up";
inline constexpr const char* kCheckCertificatesEntry = "unified_nats_check_certificates";

}  // namespace unified::nats
