#pragma once

#include <string>

namespace unified {

/// What went wrong, as one lower-case clause: operation, object, cause ("cannot open /run/x:
/// permission denied"). Never holds a secret.
struct Error {
  std::string message;
};

/// "OPERATION: the system's words for ERROR_NUMBER"; the only place that translates errno.
Error system_error(const std::string& operation, int error_number);

}  // namespace unified
