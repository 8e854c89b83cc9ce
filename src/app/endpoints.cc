#include "app/endpoints.h"

#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

namespace unified::app {
namespace {

namespace ip = boost::asio::ip;

std::string random_hex() {
  std::random_device source;
  std::string text;
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{:08x}", source());
  return text;
}

std::string url_host(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace

Result<std::vector<std::string>> reachable_addresses(const std::string& host) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if (!error && address.is_unspecified())
    return std::vector<std::string>{address.is_v4() ? "127.0.0.1" : "::1"};
  if (!error)
    return std::vector<std::string>{address.to_string()};
  boost::asio::io_context context;
  const auto found = ip::tcp::resolver{context}.resolve(host, "", error);
  if (error || found.empty())
    return Error{fmt::format("cannot resolve the host name {}: {}", host, error.message())};
  std::vector<std::string> addresses;
  for (const auto& entry : found)
    addresses.push_back(entry.endpoint().address().to_string());
  return addresses;
}

Result<std::string> reachable_address(const std::string& host) {
  const auto addresses = reachable_addresses(host);
  if (!addresses)
    return Error{"the listener: " + addresses.error().message};
  return addresses->front();
}

nats::ConnectOptions own_connection(const config::Settings& settings,
                                    const std::string& address,
                                    const render::InternalUser& internal) {
  nats::ConnectOptions options;
  options.url = fmt::format("{}://{}:{}", settings.tls.enabled ? "tls" : "nats", url_host(address),
                            settings.server.port);
  options.name = "unified_entrypoint";
  if (settings.auth.uses_password()) {
    options.user = internal.name;
    options.password = internal.password;
  }
  if (settings.auth.uses_token())
    options.token = settings.auth.token;
  options.tls.enabled = settings.tls.enabled;
  if (settings.tls.enabled) {
    options.tls.trusted_files = {settings.tls.cert};
    if (!settings.tls.ca.empty())
      options.tls.trusted_files.push_back(settings.tls.ca);
    const bool own_pair = !settings.tls.client_cert.empty();
    options.tls.client_cert = own_pair              ? settings.tls.client_cert
                              : settings.tls.verify ? settings.tls.cert
                                                    : "";
    options.tls.client_key = own_pair              ? settings.tls.client_key
                             : settings.tls.verify ? settings.tls.key
                                                   : "";
  }
  options.timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.supervision.connect_timeout);
  // A lost connection ends: the one who connects again hears why the server refuses it, which
  // nats.c keeps to itself when it reconnects.
  options.max_reconnect = 0;
  return options;
}

render::InternalUser make_internal_user() {
  return {"unified-supervisor-" + random_hex(), Secret{random_hex()}};
}

}  // namespace unified::app
