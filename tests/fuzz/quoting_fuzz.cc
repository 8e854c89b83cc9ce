// The input is a value, of every setting that is free text: nats-server reads it back as it was,
// and the rest of nats.conf is as with any other value.

#include <string>

#include "base/bcrypt.h"
#include "base/parse.h"
#include "fuzz/property.h"
#include "render/conf_string.h"
#include "render/nats_conf.h"
#include "render/quote.h"

namespace unified::render {
namespace {

using fuzz::require;

config::Settings settings_with(const std::string& value) {
  config::Settings settings;
  settings.server.server_name = value;
  settings.server.host = "0.0.0.0";
  settings.server.http_host = "0.0.0.0";
  settings.server.client_advertise = value;
  settings.jetstream.enabled = true;
  settings.jetstream.store_dir = value;
  settings.jetstream.domain = value;
  settings.jetstream.encryption_key = Secret{value};
  settings.auth.enabled = true;
  settings.auth.username = value;
  settings.auth.password = Secret{value};
  settings.tls.enabled = true;
  settings.tls.cert = value;
  settings.tls.key = value;
  settings.tls.ca = value;
  settings.cluster.enabled = true;
  settings.cluster.host = "0.0.0.0";
  settings.cluster.name = value;
  settings.cluster.advertise = value;
  settings.cluster.username = value;
  settings.cluster.password = Secret{value};
  return settings;
}

Result<std::string> conf_with(const std::string& value) {
  return nats_conf(settings_with(value), ServerVersion{.major = 2, .minor = 10, .patch = 27},
                   {"_unified", Secret{"internal"}}, default_template());
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

void check_quote(const std::string& value) {
  const std::string quoted = quote(value);
  require(read_conf_string(quoted) == value, "nats-server reads back what was quoted");
  require(fuzz::is_printable(quoted), "a quoted string has no control character");
}

void check_conf(const std::string& value) {
  static const std::string kStandIn = "stand-in for the value";
  static const std::string kConf = *conf_with(kStandIn);
  const auto conf = conf_with(value);
  if (!conf) {
    require(has_bcrypt_shape(value), "only what looks like a bcrypt hash can't be expressed");
    return;
  }
  require(*conf == replaced(kConf, quote(kStandIn), quote(value)),
          "a value changes nothing but its own place in nats.conf");
}

}  // namespace
}  // namespace unified::render

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value{unified::fuzz::text_of(data, size)};
  unified::render::check_quote(value);
  if (!value.empty())  // nothing set leaves lines out
    unified::render::check_conf(value);
  return 0;
}
