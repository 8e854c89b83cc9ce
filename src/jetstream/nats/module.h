#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "jetstream/nats/connection.h"
#include "jetstream/nats/entry.h"

namespace unified::nats {

/// The NATS client, opened late (dlopen) because nats.c and OpenSSL are costly to load. Once opened
/// it stays in the process: nats.c's threads can't be unloaded. Any thread.
class Module {
 public:
  /// `path` empty: `unified_nats.so` beside this program, then in `../lib/unified-nats/` of it.
  static Result<std::unique_ptr<Module>> open(const std::string& path = {});

  /// Where it would be opened from; an error when it is in neither place.
  static Result<std::string> find();

  /// Does what the first connect would do before it talks to a server: threads, OpenSSL (4 ms).
  void warm_up() const { entries_.warm_up(); }

  /// Connects once; blocks at most ConnectOptions::timeout per server.
  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options,
                                                            const Callbacks& callbacks) const;

  /// Reads and judges the files as nats-server would: present, parse, key fits, valid today, CA
  /// parses.
  [[nodiscard]] Result<CertificateReport> check_certificates(const CertificateFiles& files) const;

 private:
  struct Entries {
    ConnectEntry* connect;
    WarmUpEntry* warm_up;
    CheckCertificatesEntry* check_certificates;
  };
  explicit Module(const Entries& entries) : entries_(entries) {}

  Entries entries_;
};

}  // namespace unified::nats
