#include "jetstream/nats/client/server_url.h"

#include <charconv>

#include "base/parse.h"
#include "base/scrub.h"

namespace unified::nats {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* const digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
        plain.push_back(static_cast<char>(byte));
        i += 2;
        continue;
      }
    }
    plain.push_back(text[i]);
  }
  return plain;
}

Result<ServerUrl> parse_one(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (const std::size_t at = text.find("://"); at != std::string_view::npos) {
    const std::string scheme = to_lower(text.substr(0, at));
    if (scheme != "nats" && scheme != "tls")
      return Error{"cannot connect to " + without_userinfo(text) +
                   ": the scheme must be nats:// or tls://"};
    url.tls = scheme == "tls";
    rest.remove_prefix(at + 3);
  }
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (const std::size_t colon = userinfo.find(':'); colon == std::string_view::npos) {
      url.token = Secret{percent_decoded(userinfo)};
    } else {
      url.user = percent_decoded(userinfo.substr(0, colon));
      url.password = Secret{percent_decoded(userinfo.substr(colon + 1))};
    }
  }
  if (rest.empty())
    return Error{"cannot connect: a NATS URL has no host"};
  url.address = (url.tls ? "tls://" : "nats://") + std::string{rest};
  return url;
}

}  // namespace

Result<std::vector<ServerUrl>> parse_server_urls(std::string_view list) {
  std::vector<ServerUrl> urls;
  for (const std::string& text : split_list(list)) {
    Result<ServerUrl> url = parse_one(text);
    if (!url)
      return url.error();
    urls.push_back(*std::move(url));
  }
  if (urls.empty())
    return Error{"cannot connect: no NATS URL"};
  return urls;
}

}  // namespace unified::nats
