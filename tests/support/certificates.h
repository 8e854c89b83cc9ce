#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace unified::test {

/// Paths of a certificate and its key, both PEM.
struct CertificatePair {
  std::string cert;
  std::string key;
};

struct CertificateOptions {
  std::string common_name;
  std::vector<std::string> names;  ///< subject alternative names: "DNS:localhost", "IP:127.0.0.1"
  std::optional<CertificatePair> issuer;  ///< none: self-signed
  bool authority = false;
  std::string usage{"serverAuth,clientAuth"};  ///< extended key usage; empty: none. No authority's.
  std::chrono::hours starts{-1};               ///< from now
  std::chrono::hours ends{24 * 365};           ///< from now
};

/// Makes NAME.pem and NAME.key in the folder. Throws std::runtime_error when OpenSSL refuses.
CertificatePair make_certificate(const TempDir& folder,
                                 const std::string& name,
                                 const CertificateOptions& options);

}  // namespace unified::test
