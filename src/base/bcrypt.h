#pragma once

#include <string_view>

namespace unified {

/// Whether nats-server takes the text for a bcrypt hash, never for a plain password:
/// `^\$2[abxy]\$\d\d\$` (facts §8).
bool has_bcrypt_shape(std::string_view text);

/// Whether it is a complete hash that a password can match: 60 characters, cost 4–31, bcrypt's
/// alphabet.
bool is_bcrypt_hash(std::string_view text);

}  // namespace unified
