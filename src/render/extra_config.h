#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"

namespace unified::render {

/// Whether the text may be NATS_EXTRA_CONFIG_FILE: none of its top-level keys is one that we render
/// (the last key wins silently) or would blind us (other log, other monitoring path). All such keys
/// are named, with their lines and the variable to use instead; `file` is its name in the error. A
/// text that can't be read for sure is refused.
Result<void> check_extra_config(std::string_view text, const std::string& file);

/// The same, and what this configuration on this server makes dangerous: nats-server before 2.10
/// lets anonymous clients in when the authorization block that we render stands beside an accounts
/// block (facts §10). And accounts that would keep the supervisor itself out (own_login.h).
Result<void> check_extra_config(std::string_view text,
                                const std::string& file,
                                const config::Settings& settings,
                                ServerVersion version);

}  // namespace unified::render
