#pragma once

#include <string>

#include "base/result.h"

namespace unified::app {

/// Where nats.conf goes: what is set, else /app/nats.conf, else RUN_DIR/nats.conf when that one
/// can't be written.
std::string conf_path(const std::string& configured, const std::string& run_dir);

/// Replaces `path` by `text`, atomically and 0600, unless a file stands there that does not carry
/// our first-line marker. A link is followed: with a read-only root /app/nats.conf points into
/// RUN_DIR.
Result<void> write_conf(const std::string& path, const std::string& text);

}  // namespace unified::app
