#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unified::config {

struct Url {
  std::string scheme;    ///< lower case
  std::string user;      ///< as written; a token stands here, too
  std::string password;  ///< as written, percent-encoded perhaps
  std::string host_port;
};

/// `scheme://[user[:password]@]host[:port][/…]`; nothing for anything else, which an `@` behind the
/// first `/ ? #` is, too. The host is not judged.
std::optional<Url> parse_url(std::string_view text);

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`, without brackets.
std::string host_of(std::string_view host_port);

/// What is wrong with an entry of a list that stands behind another one: it has a login but no
/// scheme, so that it probably is the rest of a password with a comma in it.
std::optional<std::string> split_password_fault(std::string_view entry);

/// What is wrong with it as a URL of one of these schemes (`nats|tls`), without any of its text: it
/// may hold a password.
std::optional<std::string> url_fault(std::string_view text,
                                     std::string_view schemes,
                                     bool needs_port);

/// `%41` to `A`; wrong escapes stay as they are.
std::string percent_decoded(std::string_view text);

/// The password (or token) before the last `@` of the URL, as written and decoded, also of a URL
/// that `url_fault` refuses; empty if there is none.
std::vector<std::string> url_secrets(std::string_view text);

}  // namespace unified::config
