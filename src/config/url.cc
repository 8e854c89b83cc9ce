#include "config/url.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/names.h"
#include "config/rule.h"

namespace unified::config {

namespace {

constexpr std::string_view kAuthorityEnds = "/?#";

/// Whether an `@` stands behind the authority: then the password holds a `/ ? #` that is not
/// percent-encoded, and what seems to be the host is a part of it.
bool has_late_at(std::string_view behind_scheme) {
  const std::size_t end = behind_scheme.find_first_of(kAuthorityEnds);
  return end != std::string_view::npos && behind_scheme.find('@', end) != std::string_view::npos;
}

/// Characters that no part of a URL may hold as they are.
bool is_bare(char c) {
  constexpr std::string_view kBare = "\"'\\";
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
         kBare.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0)
    return std::nullopt;
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  text.remove_prefix(scheme_end + 3);
  if (has_late_at(text))
    return std::nullopt;
  text = text.substr(0, text.find_first_of(kAuthorityEnds));
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = text.substr(0, at);
    const std::size_t colon = userinfo.find(':');
    url.user = userinfo.substr(0, colon);
    if (colon != std::string_view::npos)
      url.password = userinfo.substr(colon + 1);
    text.remove_prefix(at + 1);
  }
  url.host_port = text;
  return url;
}

std::string host_of(std::string_view host_port) {
  if (host_port.starts_with('['))
    return std::string{host_port.substr(1, host_port.find(']') - 1)};
  return std::string{host_port.substr(0, host_port.rfind(':'))};
}

std::optional<std::string> split_password_fault(std::string_view entry) {
  if (entry.find("://") != std::string_view::npos || entry.find('@') == std::string_view::npos)
    return std::nullopt;
  return "has a login but no scheme: a comma in a password is percent-encoded (%2C), and a URL "
         "with a login is written with its scheme";
}

std::optional<std::string> url_fault(std::string_view text,
                                     std::string_view schemes,
                                     bool needs_port) {
  const auto accepted = rule_words(schemes);
  const std::string shape =
      fmt::format("{}://host{}", fmt::join(accepted, ":// or "), needs_port ? ":port" : "[:port]");
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0)
    return fmt::format("is not a URL: {} is accepted", shape);
  if (std::ranges::any_of(text, is_bare))
    return "has a blank, quote, backslash or control character: percent-encode it";
  if (!is_utf8(percent_decoded(text)))
    return "holds bytes that are no UTF-8";
  const auto url = parse_url(text);
  if (!url)
    return "has an @ behind its first /, ? or #: percent-encode / ? # @ in a user name or password "
           "(%2F %3F %23 %40)";
  if (std::ranges::find(accepted, url->scheme) == accepted.end())
    return fmt::format("has another scheme: {} is accepted", shape);
  if (host_port_fault(url->host_port))
    return fmt::format(
        "has no valid host and port: {} is accepted; / ? # @ in a password are percent-encoded",
        shape);
  const bool bracketed = url->host_port.ends_with(']');
  const bool has_port = !bracketed && url->host_port.find(':') != std::string::npos;
  if (needs_port && !has_port)
    return fmt::format("has no port: {} is accepted", shape);
  return std::nullopt;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const char* const digits = text.data() + i + 1;
    if (escape && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> url_secrets(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos)
    return {};
  text.remove_prefix(scheme_end + 3);
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos)
    return {};
  const std::string_view userinfo = text.substr(0, at);
  const std::size_t colon = userinfo.find(':');
  const std::string secret{colon == std::string_view::npos || colon + 1 == userinfo.size()
                               ? userinfo.substr(0, colon)
                               : userinfo.substr(colon + 1)};
  if (secret.empty())
    return {};
  const std::string decoded = percent_decoded(secret);
  if (decoded == secret)
    return {secret};
  return {secret, decoded};
}

}  // namespace unified::config
