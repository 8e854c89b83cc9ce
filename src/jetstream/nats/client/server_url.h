#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace unified::nats {

/// One server of a NATS URL list.
struct ServerUrl {
  std::string address;  ///< `nats://host:port`, without userinfo
  std::string user;
  Secret password;
  Secret token;  ///< userinfo without a colon
  bool tls = false;
};

/// At least one. A URL without scheme is `nats://`, without port 4222. Userinfo is percent-decoded.
Result<std::vector<ServerUrl>> parse_server_urls(std::string_view list);

}  // namespace unified::nats
