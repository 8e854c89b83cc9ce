#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace unified::nats {

/// The CERTIFICATE blocks of all the files, one after the other; keys and anything else are left
/// out (OpenSSL would ask a terminal for the passphrase of an encrypted one).
Result<std::string> read_certificates(const std::vector<std::string>& files);

/// Lets every trusted certificate be the end of a server's chain, also a leaf or an intermediate
/// one, as Go and curl do: OpenSSL's own default accepts only self-signed ones, and nats.c 3.4 has
/// no option for it. It changes OpenSSL's "ssl_server" verification profile for this process, so
/// call it once, before the first connection.
void accept_partial_chains();

}  // namespace unified::nats
