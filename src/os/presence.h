#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace unified::os {

enum class Presence : std::uint8_t { kAbsent, kDirectory, kOther };

/// What stands at `path`, links followed. Absent only when the kernel says ENOENT or ENOTDIR: an
/// error of any other kind is no proof of absence and is returned, with the path, the kernel's
/// words and, for a lack of permission, what access_hint() says.
Result<Presence> presence_of(const std::string& path);

/// Whether anything has that name, be it a link to nothing. Errors as of presence_of().
Result<bool> name_exists(const std::string& path);

/// Who may use what is in the way: " (/secret belongs to uid 0, mode 0700; we are uid 1000)", about
/// the first folder of `path` that we may not search, or else about `path` itself. Empty unless
/// `error_number` is EACCES or EPERM.
std::string access_hint(const std::string& path, int error_number);

}  // namespace unified::os
