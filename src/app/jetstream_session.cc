#include "app/jetstream_session.h"

#include <utility>

#include "app/meta_keeping_port.h"
#include "app/noting_port.h"
#include "jetstream/api.h"

namespace unified::app {
namespace {

Error not_connected() {
  return Error{"not connected to nats-server"};
}

}  // namespace

JetStreamSession::JetStreamSession(nats::ConnectOptions options,
                                   nats::Callbacks callbacks,
                                   OnMade on_made,
                                   std::string store_dir)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      on_made_(std::move(on_made)),
      store_dir_(std::move(store_dir)) {
  callbacks_.on_advisory = [changes = changes_, pass_on = std::move(callbacks_.on_advisory)](
                               std::string subject, std::string payload) {
    changes->note(subject);
    if (pass_on)
      pass_on(std::move(subject), std::move(payload));
  };
}

Result<void> JetStreamSession::load() {
  if (module_)
    return {};
  auto module = nats::Module::open();
  if (!module)
    return module.error();
  module_ = *std::move(module);
  module_->warm_up();
  return {};
}

Result<void> JetStreamSession::connect(bool jetstream) {
  if (const auto loaded = load(); !loaded)
    return loaded;
  connection_.reset();
  hears_changes_ = false;
  auto connection = module_->connect(options_, callbacks_);
  if (!connection)
    return connection.error();
  connection_ = *std::move(connection);
  if (!jetstream)
    return {};
  // What is deleted must turn readiness off at once, what is created again turns it on; the others
  // tell of changes that nobody declared.
  const std::string prefix = "$JS.EVENT.ADVISORY.";
  const auto subscribed = connection_->subscribe_advisories(
      {prefix + "STREAM.DELETED.>", prefix + "STREAM.UPDATED.>", prefix + "STREAM.CREATED.>",
       prefix + "STREAM.RESTORE_CREATE.>", prefix + "STREAM.RESTORE_COMPLETE.>",
       prefix + "CONSUMER.DELETED.>", prefix + "CONSUMER.CREATED.>"});
  hears_changes_ = subscribed.ok();
  return subscribed;
}

void JetStreamSession::disconnect() {
  connection_.reset();
}

Result<std::vector<std::string>> JetStreamSession::stream_names(std::chrono::milliseconds timeout) {
  if (!connection_)
    return not_connected();
  auto names = jetstream::Api{*connection_, timeout}.list_names();
  if (!names)
    return Error{names.error().message};
  return *std::move(names);
}

Result<std::string> JetStreamSession::request(const std::string& subject,
                                              const std::string& payload,
                                              std::chrono::milliseconds timeout) {
  if (!connection_)
    return not_connected();
  MetaKeepingPort keeping{*connection_, store_dir_};
  return NotingPort{keeping, on_made_}.request(subject, payload, timeout);
}

jetstream::ReconcileReport JetStreamSession::reconcile(const jetstream::Declarations& desired,
                                                       const jetstream::ReconcileOptions& options) {
  if (connection_) {
    jetstream::ReconcileOptions listening = options;
    listening.changes = hears_changes_ ? changes_.get() : nullptr;
    MetaKeepingPort keeping{*connection_, store_dir_};
    NotingPort port{keeping, on_made_};
    return jetstream::reconcile(port, desired, listening);
  }
  jetstream::ReconcileReport report;
  report.problems.push_back(
      {.object = {}, .message = not_connected().message, .err_code = 0, .transient = true});
  return report;
}

}  // namespace unified::app
