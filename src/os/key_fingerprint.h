#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace unified::os {

/// A salted, slow hash (crypt(3), SHA-256) by which a key can be recognised but not found. With the
/// salt of `like` (an earlier fingerprint, may be empty) the same key gives the same text.
Result<std::string> key_fingerprint(const Secret& key, const std::string& like);

}  // namespace unified::os
