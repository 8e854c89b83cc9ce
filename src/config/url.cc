#include "config/url.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/names.h"
#include "config/rule.h"

namespace unified::config {

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0)
    return std::nullopt;
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find_first_of("/?#"));
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

std::optional<std::string> url_fault(std::string_view text,
                                     std::string_view schemes,
                                     bool needs_port) {
  const auto accepted = rule_words(schemes);
  const std::string shape =
      fmt::format("{}://host{}", fmt::join(accepted, ":// or "), needs_port ? ":port" : "[:port]");
  const auto url = parse_url(text);
  if (!url)
    return fmt::format("is not a URL: {} is accepted", shape);
  if (std::ranges::find(accepted, url->scheme) == accepted.end())
    return fmt::format("has another scheme: {} is accepted", shape);
  if (text.find_first_of(" \t\"'\\") != std::string_view::npos)
    return "has a blank, quote or backslash: percent-encode it";
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
  const auto url = parse_url(text);
  if (!url)
    return {};
  const std::string& secret = url->password.empty() ? url->user : url->password;
  if (secret.empty())
    return {};
  const std::string decoded = percent_decoded(secret);
  if (decoded == secret)
    return {secret};
  return {secret, decoded};
}

}  // namespace unified::config
