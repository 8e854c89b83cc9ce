#include "os/standard_streams.h"

#include <fcntl.h>

#include <cerrno>

#include "os/unique_fd.h"

namespace unified::os {

Result<void> ensure_standard_streams() {
  for (;;) {
    // Without O_CLOEXEC: standard streams are for children too.
    UniqueFd fd{::open("/dev/null", O_RDWR)};  // NOLINT(android-cloexec-open)
    if (!fd)
      return system_error("cannot open /dev/null", errno);
    if (fd.get() > 2)
      return {};
    (void)fd.release();
  }
}

}  // namespace unified::os
