#pragma once

#include "base/server_version.h"

namespace unified::jetstream {

// nats-server's releases that streams behave differently from (facts §1, §2).
inline constexpr ServerVersion k210{.major = 2, .minor = 10, .patch = 0};
inline constexpr ServerVersion k211{.major = 2, .minor = 11, .patch = 0};
inline constexpr ServerVersion k212{.major = 2, .minor = 12, .patch = 0};
inline constexpr ServerVersion k214{.major = 2, .minor = 14, .patch = 0};
inline constexpr ServerVersion k215{.major = 2, .minor = 15, .patch = 0};

}  // namespace unified::jetstream
