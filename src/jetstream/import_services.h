#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unified::jetstream {

/// What the old broker's configuration becomes.
struct ImportedServices {
  std::string env;                    ///< a dotenv file
  std::string manifest;               ///< our YAML
  std::vector<std::string> warnings;  ///< what has no counterpart, or works otherwise
};

/// Reads services.yaml of the old message broker service: its section `message-broker-service`
/// (also below `services:`), or a file that begins with what stands in one. The manifest holds the
/// streams that the service made by itself and those of `nats.streams`. Errors: every mistake, each
/// "FILE:LINE: …". No warning holds a password. Pure.
Result<ImportedServices, std::vector<std::string>> import_services(std::string_view text,
                                                                   const std::string& file);

}  // namespace unified::jetstream
