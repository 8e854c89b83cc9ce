#include "jetstream/nats/client/certificates.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/parse.h"
#include "jetstream/nats/client/pem_file.h"

namespace unified::nats {
namespace {

using Clock = std::chrono::system_clock;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;
using Usages = std::unique_ptr<EXTENDED_KEY_USAGE, decltype(&EXTENDED_KEY_USAGE_free)>;

constexpr auto kWarnBefore = std::chrono::hours{14 * 24};

Bio memory(const std::string& text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

Result<Certificate> load_certificate(const std::string& path) {
  const Result<std::string> text = read_pem_file(path);
  if (!text)
    return text.error();
  const Bio bio = memory(*text);
  Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
  ERR_clear_error();
  if (!certificate)
    return Error{"cannot use certificate " + path + ": no PEM certificate in it"};
  return certificate;
}

// OpenSSL asks here for a passphrase instead of on the terminal.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> load_key(const std::string& path) {
  const Result<std::string> text = read_pem_file(path);
  if (!text)
    return text.error();
  const Bio bio = memory(*text);
  bool encrypted = false;
  Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, &encrypted),
          &EVP_PKEY_free};
  ERR_clear_error();
  if (encrypted)
    return Error{"cannot use key " + path +
                 ": it is encrypted; nats-server needs it without a passphrase"};
  if (!key)
    return Error{"cannot use key " + path + ": no PEM private key in it"};
  return key;
}

Clock::time_point to_time(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return Clock::from_time_t(timegm(&parts));
}

std::string to_text(Clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(Clock::to_time_t(time)));
}

Result<void> check_dates(const X509* certificate, const std::string& path, Clock::time_point now) {
  const auto from = to_time(X509_get0_notBefore(certificate));
  const auto until = to_time(X509_get0_notAfter(certificate));
  if (now < from)
    return Error{
        fmt::format("cannot use certificate {}: not valid before {}", path, to_text(from))};
  if (now > until)
    return Error{fmt::format("cannot use certificate {}: expired on {}", path, to_text(until))};
  return {};
}

std::string text_of(const ASN1_STRING* value) {
  const auto* const bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(value));
  return {bytes, static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string address_text(const ASN1_OCTET_STRING* value) {
  const auto* const bytes = ASN1_STRING_get0_data(value);
  if (ASN1_STRING_length(value) == 4)
    return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  if (ASN1_STRING_length(value) != 16)
    return {};
  std::string address;
  for (std::size_t i = 0; i < 16; i += 2)
    address += fmt::format("{}{:x}", i == 0 ? "" : ":", (bytes[i] * 256U) + bytes[i + 1]);
  return address;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return at < 0 ? std::string{}
                : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string expected_name(const X509* certificate) {
  const Names names{static_cast<GENERAL_NAMES*>(
                        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
                    &GENERAL_NAMES_free};
  std::string address;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS)
      return text_of(name->d.dNSName);
    if (name->type == GEN_IPADD && address.empty())
      address = address_text(name->d.iPAddress);
  }
  return address.empty() ? common_name(certificate) : address;
}

/// Every certificate in the file.
Result<std::vector<Certificate>> load_all(const std::string& path) {
  const Result<std::string> text = read_pem_file(path);
  if (!text)
    return text.error();
  const Bio bio = memory(*text);
  std::vector<Certificate> all;
  for (;;) {
    Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
    if (!next)
      break;
    all.push_back(std::move(next));
  }
  ERR_clear_error();
  return all;
}

/// Go's rule for the certificate itself: one without an extended key usage is good for all.
bool is_good_for_clients(const X509* certificate) {
  const Usages usages{static_cast<EXTENDED_KEY_USAGE*>(
                          X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)),
                      &EXTENDED_KEY_USAGE_free};
  if (!usages)
    return true;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    if (usage == NID_client_auth || usage == NID_anyExtendedKeyUsage)
      return true;
  }
  return false;
}

bool is_issued_by(X509* certificate, X509* issuer) {
  const bool issued =
      X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0 &&
      X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return issued;
}

/// Whether signatures lead from the first of `shown` to one of `anchors`. Nothing else is judged:
/// who fails here fails in Go as well.
bool leads_to(const std::vector<Certificate>& shown, const std::vector<Certificate>& anchors) {
  X509* at = shown.front().get();
  for (std::size_t steps = 0; steps <= shown.size(); ++steps) {
    for (const Certificate& anchor : anchors)
      if (X509_cmp(at, anchor.get()) == 0 || is_issued_by(at, anchor.get()))
        return true;
    const auto next = std::ranges::find_if(shown, [at](const Certificate& candidate) {
      return X509_cmp(at, candidate.get()) != 0 && is_issued_by(at, candidate.get());
    });
    if (next == shown.end())
      return false;
    at = next->get();
  }
  return false;
}

/// What nats-server with `verify: true` would refuse of our own client.
Result<void> check_own_client(const CertificateFiles& files, Clock::time_point now) {
  const Result<std::vector<Certificate>> shown = load_all(files.client_cert);
  if (!shown)
    return shown.error();
  if (shown->empty())
    return Error{"cannot use certificate " + files.client_cert + ": no PEM certificate in it"};
  X509* const own = shown->front().get();
  if (auto dates = check_dates(own, files.client_cert, now); !dates)
    return dates.error();
  const Result<Key> key = load_key(files.client_key);
  if (!key)
    return key.error();
  if (X509_check_private_key(own, key->get()) != 1) {
    ERR_clear_error();
    return Error{fmt::format("cannot use key {}: it does not belong to certificate {}",
                             files.client_key, files.client_cert)};
  }
  constexpr std::string_view kWayOut =
      "or name another pair with NATS_TLS_CLIENT_CERT and NATS_TLS_CLIENT_KEY";
  if (!is_good_for_clients(own))
    return Error{fmt::format(
        "NATS_TLS_VERIFY: nats-server would refuse the supervisor's own connection: the extended "
        "key usage of certificate {} lacks clientAuth; issue it with clientAuth beside serverAuth, "
        "{}",
        files.client_cert, kWayOut)};
  const Result<std::vector<Certificate>> anchors = load_all(files.ca);
  if (!anchors)
    return anchors.error();
  if (!leads_to(*shown, *anchors))
    return Error{fmt::format(
        "NATS_TLS_VERIFY: nats-server would refuse the supervisor's own connection: certificate {} "
        "is not signed by an authority in NATS_TLS_CA ({}); add the one that signed it there, {}",
        files.client_cert, files.ca, kWayOut)};
  return {};
}

}  // namespace

Result<CertificateReport> check_certificates(const CertificateFiles& files, Clock::time_point now) {
  const Result<Certificate> certificate = load_certificate(files.cert);
  if (!certificate)
    return certificate.error();
  if (auto dates = check_dates(certificate->get(), files.cert, now); !dates)
    return dates.error();
  const Result<Key> key = load_key(files.key);
  if (!key)
    return key.error();
  const bool fits = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (!fits)
    return Error{fmt::format("cannot use key {}: it does not belong to certificate {}", files.key,
                             files.cert)};
  if (!files.ca.empty()) {
    const Result<Certificate> ca = load_certificate(files.ca);
    if (!ca)
      return ca.error();
    if (auto dates = check_dates(ca->get(), files.ca, now); !dates)
      return dates.error();
  }
  if (!files.client_cert.empty())
    if (auto own = check_own_client(files, now); !own)
      return own.error();
  CertificateReport report{.expected_name = expected_name(certificate->get()),
                           .not_after = to_time(X509_get0_notAfter(certificate->get())),
                           .warnings = {}};
  if (report.not_after - now < kWarnBefore)
    report.warnings.push_back(fmt::format(
        "certificate {} ends on {}, in {}", files.cert, to_text(report.not_after),
        format_duration(std::chrono::duration_cast<std::chrono::hours>(report.not_after - now))));
  return report;
}

}  // namespace unified::nats
