#include "jetstream/nats/entry.h"

#include <exception>
#include <mutex>

#include <nats/nats.h>
#include <openssl/crypto.h>

#include "jetstream/nats/client/certificates.h"
#include "jetstream/nats/client/nats_connection.h"
#include "jetstream/nats/client/trust.h"

namespace unified::nats {
namespace {

void open_once() {
  static std::once_flag opened;
  std::call_once(opened, [] {
    // nats.c's threads run on while a program returns from main(), and must not find OpenSSL gone.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
    accept_partial_chains();
    nats_Open(0);  // no spinning on locks: nothing here is hot
    nats_SetMessageDeliveryPoolSize(1);
  });
}

}  // namespace

extern "C" {

void unified_nats_connect(const ConnectOptions& options,
                          const Callbacks& callbacks,
                          Result<std::unique_ptr<Connection>>& result) {
  try {
    open_once();
    result = connect(options, callbacks);
  } catch (const std::exception& failure) {
    result = Error{std::string{"cannot connect to nats-server: "} + failure.what()};
  }
}

void unified_nats_warm_up() {
  try {
    open_once();
  } catch (const std::exception&) {
    return;  // connect meets it again, and tells
  }
  natsOptions* options = nullptr;
  if (natsOptions_Create(&options) == NATS_OK)
    natsOptions_Destroy(options);
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) == NATS_OK)
    natsInbox_Destroy(inbox);
}

void unified_nats_check_certificates(const CertificateFiles& files,
                                     Result<CertificateReport>& result) {
  try {
    result = check_certificates(files, std::chrono::system_clock::now());
  } catch (const std::exception& failure) {
    result = Error{std::string{"cannot check certificates: "} + failure.what()};
  }
}

}  // extern "C"

}  // namespace unified::nats
