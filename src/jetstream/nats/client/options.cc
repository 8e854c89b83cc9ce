#include "jetstream/nats/client/options.h"

#include <vector>

#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "jetstream/nats/client/server_url.h"
#include "jetstream/nats/client/status.h"
#include "jetstream/nats/client/trust.h"

namespace unified::nats {
namespace {

// nats.c (3.4 to 3.10) puts user, password, token and name into the CONNECT line's JSON as they
// are; a quote in a password would end it.
std::string json_escaped(const std::string& text) {
  const std::string quoted = nlohmann::json(text).dump();
  return quoted.substr(1, quoted.size() - 2);
}

// Remembers the first setter that failed.
class Setter {
 public:
  void operator()(const char* what, natsStatus status) {
    if (status != NATS_OK && failure_.empty())
      failure_ = std::string{"cannot set "} + what + ": " + last_error_text(status);
  }
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  std::string failure_;
};

void set_servers(natsOptions* target, const std::vector<ServerUrl>& urls, Setter& set) {
  std::vector<const char*> servers;
  servers.reserve(urls.size());
  for (const ServerUrl& url : urls)
    servers.push_back(url.address.c_str());
  set("servers", natsOptions_SetServers(target, servers.data(), static_cast<int>(servers.size())));
  set("server order", natsOptions_SetNoRandomize(target, true));
  set("discovery", natsOptions_SetIgnoreDiscoveredServers(target, true));
}

Result<void> set_login(natsOptions* target,
                       const ConnectOptions& options,
                       const ServerUrl& url,
                       Setter& set) {
  const bool own = !options.user.empty() || !options.token.empty();
  const std::string user = own ? options.user : url.user;
  const std::string& password = own ? options.password.reveal() : url.password.reveal();
  const std::string& token = own ? options.token.reveal() : url.token.reveal();
  for (const std::string& text : {user, password, token, options.name})
    if (!is_utf8(text))
      return Error{"cannot log in to nats-server: user, password, token or name is not UTF-8"};
  if (!user.empty())
    set("user", natsOptions_SetUserInfo(target, json_escaped(user).c_str(),
                                        json_escaped(password).c_str()));
  if (!token.empty())
    set("token", natsOptions_SetToken(target, json_escaped(token).c_str()));
  if (!options.name.empty())
    set("name", natsOptions_SetName(target, json_escaped(options.name).c_str()));
  return {};
}

Result<void> set_tls(natsOptions* target, const TlsOptions& tls, Setter& set) {
  set("TLS", natsOptions_SetSecure(target, true));
  if (tls.skip_verification)
    set("TLS verification", natsOptions_SkipServerVerification(target, true));
  if (!tls.trusted_files.empty()) {
    const Result<std::string> certificates = read_certificates(tls.trusted_files);
    if (!certificates)
      return certificates.error();
    set("trusted certificates",
        natsOptions_SetCATrustedCertificates(target, certificates->c_str()));
  }
  if (!tls.expected_name.empty())
    set("expected name", natsOptions_SetExpectedHostname(target, tls.expected_name.c_str()));
  if (!tls.client_cert.empty())
    set("client certificate",
        natsOptions_LoadCertificatesChain(target, tls.client_cert.c_str(), tls.client_key.c_str()));
  return {};
}

void set_costs(natsOptions* target, Setter& set) {
  set("send mode", natsOptions_SetSendAsap(target, true));  // no flusher thread
  set("delivery",
      natsOptions_UseGlobalMessageDelivery(target, true));  // one thread for all subscriptions
  constexpr int kBufferSize = 16 * 1024;
  set("buffer", natsOptions_SetIOBufSize(target, kBufferSize));
  // A request in flight when the server dies must not wait for its timeout.
  set("requests", natsOptions_SetFailRequestsOnDisconnect(target, true));
}

void set_reconnect(natsOptions* target, const ConnectOptions& options, Setter& set) {
  set("timeout", natsOptions_SetTimeout(target, options.timeout.count()));
  const bool again = options.reconnect_for_ever || options.max_reconnect > 0;
  if (options.ping_interval.count() > 0) {
    set("ping interval", natsOptions_SetPingInterval(target, options.ping_interval.count()));
    set("pings", natsOptions_SetMaxPingsOut(target, 2));
  }
  set("reconnect", natsOptions_SetAllowReconnect(target, again));
  set("max_reconnect",
      natsOptions_SetMaxReconnect(target, options.reconnect_for_ever ? -1 : options.max_reconnect));
}

}  // namespace

Result<NatsOptions> make_options(const ConnectOptions& options) {
  const Result<std::vector<ServerUrl>> urls = parse_server_urls(options.url);
  if (!urls)
    return urls.error();
  natsOptions* created = nullptr;
  if (const natsStatus status = natsOptions_Create(&created); status != NATS_OK)
    return Error{"cannot create connection options: " + last_error_text(status)};
  NatsOptions target{created, &natsOptions_Destroy};
  Setter set;
  set_servers(target.get(), *urls, set);
  set_costs(target.get(), set);
  set_reconnect(target.get(), options, set);
  if (auto login = set_login(target.get(), options, urls->front(), set); !login)
    return login.error();
  if (options.tls.enabled || urls->front().tls)
    if (auto tls = set_tls(target.get(), options.tls, set); !tls)
      return tls.error();
  if (!set.failure().empty())
    return Error{set.failure()};
  return target;
}

}  // namespace unified::nats
