#include "support/certificates.h"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace unified::test {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void require(bool done, const std::string& what) {
  if (!done)
    throw std::runtime_error{"cannot make a certificate: " + what};
}

File open_file(const std::string& path, const char* mode) {
  File file{std::fopen(path.c_str(), mode), &std::fclose};
  require(file != nullptr, path);
  return file;
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, value);
  X509_EXTENSION_free(extension);
}

void add_extensions(X509* certificate, X509* issuer, const CertificateOptions& options) {
  add_extension(certificate, issuer, NID_basic_constraints,
                options.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (options.authority)
    add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  else if (!options.usage.empty())
    add_extension(certificate, issuer, NID_ext_key_usage, options.usage);
  std::string names;
  for (const std::string& name : options.names)
    names += (names.empty() ? "" : ",") + name;
  if (!names.empty())
    add_extension(certificate, issuer, NID_subject_alt_name, names);
}

Certificate load_certificate(const std::string& path) {
  return {PEM_read_X509(open_file(path, "r").get(), nullptr, nullptr, nullptr), &X509_free};
}

Key load_key(const std::string& path) {
  return {PEM_read_PrivateKey(open_file(path, "r").get(), nullptr, nullptr, nullptr),
          &EVP_PKEY_free};
}

}  // namespace

CertificatePair make_certificate(const TempDir& folder,
                                 const std::string& name,
                                 const CertificateOptions& options) {
  const Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const Certificate certificate{X509_new(), &X509_free};
  require(key && certificate, "no memory");
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()),
                  std::chrono::seconds{options.starts}.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()),
                  std::chrono::seconds{options.ends}.count());
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  if (!options.common_name.empty())
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
                               -1, -1, 0);
  const Certificate issuer =
      options.issuer ? load_certificate(options.issuer->cert) : Certificate{nullptr, &X509_free};
  const Key issuer_key =
      options.issuer ? load_key(options.issuer->key) : Key{nullptr, &EVP_PKEY_free};
  X509* const signer = issuer ? issuer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  add_extensions(certificate.get(), signer, options);
  require(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0,
          "cannot sign");

  const CertificatePair pair{.cert = folder / (name + ".pem"), .key = folder / (name + ".key")};
  require(PEM_write_X509(open_file(pair.cert, "w").get(), certificate.get()) == 1, pair.cert);
  require(PEM_write_PrivateKey(open_file(pair.key, "w").get(), key.get(), nullptr, nullptr, 0,
                               nullptr, nullptr) == 1,
          pair.key);
  return pair;
}

}  // namespace unified::test
