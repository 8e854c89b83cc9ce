#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/free_port.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temp_dir.h"

namespace unified::test {

struct BareServerOptions {
  NatsServer server;
  std::string config;  ///< beside listeners and JetStream ("authorization { … }")
  bool jetstream = true;
  std::shared_ptr<TempDir> directory;  ///< of store and bare.conf; empty: its own
};

/// A stock nats-server on 127.0.0.1 without us around it. Throws std::runtime_error when it isn't
/// ready within 20 s.
class BareServer {
 public:
  explicit BareServer(BareServerOptions options);

  [[nodiscard]] int port() const { return port_.number(); }
  [[nodiscard]] int monitor_port() const { return monitor_port_.number(); }
  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] std::string output() const { return process_->output(); }
  /// Kills it and starts it anew on the same ports and store.
  void restart();

 private:
  void start();

  BareServerOptions options_;
  FreePort port_;
  FreePort monitor_port_;
  std::unique_ptr<Process> process_;
};

}  // namespace unified::test
