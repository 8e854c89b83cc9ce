#include "base/error.h"

#include <system_error>

namespace unified {

Error system_error(const std::string& operation, int error_number) {
  std::string cause = std::generic_category().message(error_number);
  if (!cause.empty() && cause[0] >= 'A' && cause[0] <= 'Z')
    cause[0] = static_cast<char>(cause[0] - 'A' + 'a');
  return Error{operation + ": " + cause, error_number};
}

}  // namespace unified
