#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace unified {

/// nats-server's version as far as behaviour depends on it.
struct ServerVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend auto operator<=>(const ServerVersion&, const ServerVersion&) = default;
};

/// "2.10.27", "v2.15.0-dev" or "nats-server: v2.9.10" -> the numbers; nothing for anything else.
std::optional<ServerVersion> parse_server_version(std::string_view text);

std::string to_text(ServerVersion version);

}  // namespace unified
