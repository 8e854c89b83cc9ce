#include "jetstream/nats/client/trust.h"

#include <string_view>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "jetstream/nats/client/pem_file.h"

namespace unified::nats {

Result<std::string> read_certificates(const std::vector<std::string>& files) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string all;
  for (const std::string& file : files) {
    const Result<std::string> text = read_pem_file(file);
    if (!text)
      return text.error();
    const std::size_t before = all.size();
    std::size_t at = 0;
    while ((at = text->find(kBegin, at)) != std::string::npos) {
      const std::size_t end = text->find(kEnd, at);
      if (end == std::string::npos)
        break;
      all.append(*text, at, end + kEnd.size() - at).append("\n");
      at = end;
    }
    if (all.size() == before)
      return Error{"cannot trust " + file + ": no certificate in it"};
  }
  return all;
}

void accept_partial_chains() {
  X509_VERIFY_PARAM* const profile = X509_VERIFY_PARAM_new();
  if (profile == nullptr)
    return;
  const bool made = X509_VERIFY_PARAM_set1_name(profile, "ssl_server") == 1 &&
                    X509_VERIFY_PARAM_set_purpose(profile, X509_PURPOSE_SSL_SERVER) == 1 &&
                    X509_VERIFY_PARAM_set_trust(profile, X509_TRUST_SSL_SERVER) == 1 &&
                    X509_VERIFY_PARAM_set_flags(profile, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
                    X509_VERIFY_PARAM_add0_table(profile) == 1;
  if (!made)
    X509_VERIFY_PARAM_free(profile);
}

}  // namespace unified::nats
