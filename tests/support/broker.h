#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/free_port.h"
#include "support/http.h"
#include "support/nats_client.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temp_dir.h"

namespace unified::test {

struct BrokerOptions {
  NatsServer server;
  /// On top of what a test always needs (loopback, own ports, store, RUN_DIR, nats.conf and log in
  /// the directory).
  Environment environment;
  /// Working folder with store, run and `.env`; give the same one to a second Broker to start it on
  /// the first one's store.
  std::shared_ptr<TempDir> directory;
  std::vector<std::string> arguments{"run"};
  /// In front of our program: one that executes it (`surround … --`), or unshare(1), which makes it
  /// PID 1.
  std::vector<std::string> wrapper{};  // NOLINT(readability-redundant-member-init)
};

/// Our program around a nats-server, as a container would run it:
///   Broker broker({.server = server(), .environment = {{"STREAM_MAX_MSGS", "100"}}});
///   ASSERT_TRUE(broker.wait_ready(10s)) << broker.output();
class Broker {
 public:
  explicit Broker(BrokerOptions options);

  /// Whether /readyz on the control socket says 200 within `limit`; false at once when the program
  /// ends.
  [[nodiscard]] bool wait_ready(std::chrono::milliseconds limit);
  [[nodiscard]] bool ready() const;
  /// GET on the control socket.
  [[nodiscard]] Result<HttpReply> get(const std::string& path) const;
  /// GET on nats-server's monitoring port.
  [[nodiscard]] Result<HttpReply> monitor(const std::string& path) const;
  /// Runs another command of our program in the same folder with the same environment ({"health",
  /// "quick"}).
  [[nodiscard]] Finished command(const std::vector<std::string>& arguments,
                                 std::chrono::milliseconds limit = std::chrono::seconds{20}) const;
  /// A client; without user and token it logs in with what the environment says.
  [[nodiscard]] NatsClient client(nats::ConnectOptions options = {}) const;

  /// TERM, then the exit code (128 + n for a signal); nothing if it runs on.
  std::optional<int> stop(std::chrono::milliseconds limit = std::chrono::seconds{20});
  std::optional<int> wait(std::chrono::milliseconds limit) { return process_->wait(limit); }
  /// KILL to everything, at once; no clean end.
  void kill_all() { process_.reset(); }

  [[nodiscard]] Process& process() const { return *process_; }
  [[nodiscard]] std::string output() const { return process_->output(); }
  /// Our program itself, also behind a wrapper; 0: not there (yet).
  [[nodiscard]] pid_t pid() const;
  /// To our program.
  void send(int signal) const;
  /// 0 when no nats-server runs.
  [[nodiscard]] pid_t server_pid() const;

  [[nodiscard]] int port() const { return port_.number(); }
  [[nodiscard]] int monitor_port() const { return monitor_port_.number(); }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] std::shared_ptr<TempDir> directory() const { return directory_; }
  [[nodiscard]] std::string socket() const { return *directory_ / "run/control.sock"; }

 private:
  std::shared_ptr<TempDir> directory_;
  FreePort port_;
  FreePort monitor_port_;
  Environment environment_;
  bool forked_by_wrapper_ = false;
  std::unique_ptr<Process> process_;
};

}  // namespace unified::test
