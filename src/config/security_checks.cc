#include <array>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/cross_checks.h"

namespace unified::config {
namespace {

bool is_placeholder(std::string_view text) {
  return to_lower(text).starts_with("your_secure_");
}

/// A client's CONNECT carries the login and some 500 bytes of other things, and must fit in one
/// control line.
constexpr std::int64_t kConnectOverhead = 512;

void check_login_fits(const Values& values, std::string_view secret, Findings& findings) {
  const std::size_t login = values.text("NATS_AUTH_USERNAME").size() + values.text(secret).size();
  if (static_cast<std::int64_t>(login) + kConnectOverhead >
          values.number("NATS_MAX_CONTROL_LINE") &&
      login > kConnectOverhead)
    findings.error(
        secret,
        fmt::format("too long: a login must fit in {}", mention(values, "NATS_MAX_CONTROL_LINE")),
        {"NATS_MAX_CONTROL_LINE"});
}

void check_pair(const Values& values,
                std::string_view first,
                std::string_view second,
                Findings& findings) {
  if (values.is_set(first) && !values.is_set(second))
    findings.error(second, fmt::format("required, because {} is set", mention(values, first)));
  if (values.is_set(second) && !values.is_set(first))
    findings.error(first, fmt::format("required, because {} is set", mention(values, second)));
}

void check_user_mode(const Values& values, Findings& findings) {
  const bool user = values.is_set("NATS_AUTH_USERNAME");
  const bool password = values.is_set("NATS_AUTH_PASSWORD");
  if (!user && !password)
    findings.error("NATS_AUTH_ENABLED",
                   "needs NATS_AUTH_USERNAME and NATS_AUTH_PASSWORD, or NATS_AUTH_TOKEN");
  else
    check_pair(values, "NATS_AUTH_USERNAME", "NATS_AUTH_PASSWORD", findings);
}

void check_token_mode(const Values& values, Findings& findings) {
  for (const char* name : {"NATS_AUTH_USERNAME", "NATS_AUTH_PASSWORD"})
    if (values.is_set(name))
      findings.error(
          name,
          fmt::format("{} is set too: either a user name and password, or a token is accepted",
                      mention(values, "NATS_AUTH_TOKEN")));
}

void require_file(const Values& values,
                  const Host& host,
                  std::string_view name,
                  Findings& findings) {
  if (!values.is_set(name) || values.at(name).faulty)
    return;
  if (const auto fault = host.file_fault(values.text(name)))
    findings.error(name, *fault);
}

}  // namespace

void check_auth(const Values& values, Findings& findings) {
  if (!values.boolean("NATS_AUTH_ENABLED"))
    return;
  if (values.is_set("NATS_AUTH_TOKEN"))
    check_token_mode(values, findings);
  else
    check_user_mode(values, findings);
  for (const char* name : {"NATS_AUTH_PASSWORD", "NATS_AUTH_TOKEN"}) {
    if (is_placeholder(values.text(name)))
      findings.warning(name,
                       "INSECURE: this is the placeholder of the documentation, which everybody "
                       "knows; set a secret of your own");
    check_login_fits(values, name, findings);
  }
}

void check_tls(const Values& values, const Host& host, Findings& findings) {
  check_pair(values, "NATS_TLS_CLIENT_CERT", "NATS_TLS_CLIENT_KEY", findings);
  for (const char* switch_name : {"NATS_TLS_ENABLED", "NATS_CLUSTER_TLS_ENABLED"}) {
    const bool cluster = std::string_view{switch_name} == "NATS_CLUSTER_TLS_ENABLED";
    if (!values.boolean(switch_name) || (cluster && !values.boolean("NATS_CLUSTER_ENABLED")))
      continue;
    for (const char* name : {"NATS_TLS_CERT", "NATS_TLS_KEY"})
      if (!values.is_set(name))
        findings.error(switch_name, fmt::format("needs {}", name));
  }
  if (!values.boolean("NATS_TLS_ENABLED") && !values.boolean("NATS_CLUSTER_TLS_ENABLED"))
    return;
  for (const char* name : {"NATS_TLS_CERT", "NATS_TLS_KEY", "NATS_TLS_CA", "NATS_TLS_CLIENT_CERT",
                           "NATS_TLS_CLIENT_KEY"})
    require_file(values, host, name, findings);
  if (values.boolean("NATS_TLS_ENABLED") && values.boolean("NATS_TLS_VERIFY") &&
      !values.is_set("NATS_TLS_CA"))
    findings.error("NATS_TLS_VERIFY",
                   "needs NATS_TLS_CA: the authority that signed the clients' certificates");
}

void check_cluster(const Values& values, Findings& findings) {
  if (!values.boolean("NATS_CLUSTER_ENABLED"))
    return;
  check_pair(values, "NATS_CLUSTER_USERNAME", "NATS_CLUSTER_PASSWORD", findings);
  if (is_placeholder(values.text("NATS_CLUSTER_PASSWORD")))
    findings.warning("NATS_CLUSTER_PASSWORD",
                     "INSECURE: this is the placeholder of the documentation, which everybody "
                     "knows; set a secret of your own");
}

}  // namespace unified::config
