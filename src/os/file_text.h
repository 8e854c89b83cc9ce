#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace unified::os {

/// The whole content of a file (also of /proc, of a pipe), an error when it is longer than `limit`
/// bytes.
Result<std::string> read_text_file(const std::string& path, std::size_t limit = 1024 * 1024UL);

}  // namespace unified::os
