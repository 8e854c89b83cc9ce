#pragma once

#include <string>

namespace unified {

/// What went wrong, as one lower-case clause: operation, object, cause ("cannot open /run/x:
/// permission denied"). Never holds a secret.
struct Error {
  std::string message;
  /// errno of the operation that failed; 0: it was no system call, or it is not known.
  int number = 0;
};

/// "OPERATION: the system's words for ERROR_NUMBER", with that number; the only place that
/// translates errno.
Error system_error(const std::string& operation, int error_number);

}  // namespace unified
