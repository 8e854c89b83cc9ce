#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "jetstream/change_log.h"
#include "jetstream/made_object.h"
#include "jetstream/nats/module.h"
#include "jetstream/reconciler.h"

namespace unified::app {

/// The supervisor's own connection to its server and what is asked over it. Worker thread only:
/// everything blocks.
class JetStreamSession {
 public:
  /// Told of each stream and consumer that a request over this session may have made or changed;
  /// called on the thread that asked.
  using OnMade = std::function<void(const jetstream::MadeObject&)>;

  /// The callbacks come from nats.c's threads. `on_made` may be empty. `store_dir`: of our own
  /// nats-server; empty: its files are not ours.
  JetStreamSession(nats::ConnectOptions options,
                   nats::Callbacks callbacks,
                   OnMade on_made,
                   std::string store_dir);

  /// Loads the NATS client; done early so that it overlaps with nats-server's own start.
  Result<void> load();
  /// Connects, and with JetStream subscribes to the advisories about streams.
  Result<void> connect(bool jetstream);
  void disconnect();

  Result<std::vector<std::string>> stream_names(std::chrono::milliseconds timeout);
  /// One request of somebody else's over our connection, and its answer.
  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds timeout);
  jetstream::ReconcileReport reconcile(const jetstream::Declarations& desired,
                                       const jetstream::ReconcileOptions& options);

 private:
  nats::ConnectOptions options_;
  std::shared_ptr<jetstream::ChangeLog> changes_ = std::make_shared<jetstream::ChangeLog>();
  nats::Callbacks callbacks_;  ///< what is heard goes to `changes_`, too
  bool hears_changes_ = false;
  OnMade on_made_;
  std::string store_dir_;
  std::unique_ptr<nats::Module> module_;
  std::unique_ptr<nats::Connection> connection_;
};

}  // namespace unified::app
