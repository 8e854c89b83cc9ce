#pragma once

#include "base/error.h"

namespace unified::os {

/// Whether what has failed may succeed later although nobody changes a setting: no room, no quota,
/// an I/O error, no descriptors or memory. Not when permissions, a read-only mount or the path
/// itself were in the way, nor when the error carries no errno. Pure.
bool may_pass(const Error& error);

}  // namespace unified::os
