#include "app/migrator.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "app/migration_run.h"

namespace unified::app {

namespace asio = boost::asio;
using jetstream::MigrationJournal;
using std::chrono::milliseconds;

/// What the reactor and the migration's thread both see.
struct MigrationShared {
  MigrationSignals signals;
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;            ///< the server is
  bool running = false;          ///< the thread is
  nats::ConnectOptions connect;  ///< to the server that is ready
};

namespace {

std::string end_text(MigrationOutcome::End end) {
  switch (end) {
    case MigrationOutcome::End::kDone:
      return "done";
    case MigrationOutcome::End::kRefused:
      return "refused";
    case MigrationOutcome::End::kGone:
      return "gone";
    case MigrationOutcome::End::kStopped:
      break;
  }
  return "stopped";
}

nats::ConnectOptions wait_for(MigrationShared& shared) {
  std::unique_lock lock{shared.mutex};
  shared.changed.wait(lock, [&] { return shared.ready || shared.signals.interrupted; });
  return shared.connect;
}

}  // namespace

Migrator::Migrator(Parts parts)
    : parts_(std::move(parts)),
      shared_(std::make_shared<MigrationShared>()) {}

void Migrator::resume(std::vector<PendingMigration> pending) {
  pending_ = std::move(pending);
  next();
}

void Migrator::next() {
  if (stopping_)
    return;
  if (pending_.empty()) {
    if (!busy_.empty()) {
      busy_.clear();
      parts_.provisioner.release();
      parts_.on_end();
    }
    return;
  }
  const auto readable =
      std::ranges::find_if(pending_, [](const auto& one) { return one.journal.ok(); });
  if (readable == pending_.end()) {
    const PendingMigration& one = pending_.front();
    busy_ = fmt::format(
        "stream {} was being migrated, and {}/journal.json can't be used ({}): nothing is changed "
        "until that folder is moved away and the broker begins anew (`restart`); if the stream is "
        "not whole, restore the backup in it "
        "(`nats stream restore`) before",
        one.stream, one.folder, one.journal.error().message);
    parts_.log.error("{}", busy_);
    parts_.provisioner.hold(busy_);
    return;
  }
  const MigrationJournal journal = *readable->journal;
  pending_.erase(readable);
  parts_.log.warn("migration of stream {} goes on: {}", journal.stream, to_text(journal.phase));
  forget_cancel();  // it was for the one before
  run(journal);
}

void Migrator::run(const MigrationJournal& journal) {
  stream_ = journal.stream;
  outcome_.clear();
  message_.clear();
  told("beginning");
  shared_->running = true;
  try {
    const auto work = [this, journal, shared = shared_, reactor = parts_.reactor,
                       store = parts_.provisioner.options().store_dir,
                       binary = parts_.server_binary,
                       version = parts_.provisioner.options().version, &log = parts_.log] {
      const MigrationSurroundings around{
          .store_dir = store,
          .server_binary = binary,
          .version = version,
          .signals = shared->signals,
          .wait_for_server = [&shared] { return wait_for(*shared); },
          .log = [&log](const std::string& line) { log.info("{}", line); },
          .tell =
              [this, &reactor](const std::string& step) {
                asio::post(reactor, [this, step] { told(step); });
              },
          .wait_for_person =
              [this, &reactor](const std::string& reason, bool is_new) {
                asio::post(reactor, [this, reason, is_new] { wait_for_person(reason, is_new); });
              }};
      const MigrationOutcome outcome = run_migration(journal, around);
      asio::post(reactor, [this, outcome] { ended(end_text(outcome.end), outcome.message); });
      const std::scoped_lock lock{shared->mutex};
      shared->running = false;
      shared->changed.notify_all();
    };
    std::thread{work}.detach();
  } catch (const std::exception& failure) {  // no thread, or no memory
    shared_->running = false;
    ended(end_text(MigrationOutcome::End::kStopped),
          std::string{"cannot begin a thread: "} + failure.what());
  }
}

void Migrator::told(const std::string& step) {
  if (stopping_ || !outcome_.empty())
    return;
  step_ = step;
  waiting_.clear();
  busy_ = fmt::format("stream {} is being migrated ({})", stream_, step);
  parts_.provisioner.hold(busy_);
}

void Migrator::wait_for_person(const std::string& reason, bool is_new) {
  if (stopping_ || !outcome_.empty())
    return;
  waiting_ = reason;
  if (is_new)
    parts_.log.warn("the migration of stream {} waits for a person: {}", stream_, reason);
}

void Migrator::ended(const std::string& end, const std::string& message) {
  if (stopping_)
    return;
  step_.clear();
  waiting_.clear();
  outcome_ = end;
  message_ = message;
  if (end == "done")
    parts_.log.info("stream {} was migrated{}{}", stream_, message.empty() ? "" : ": ", message);
  else
    parts_.log.error("stream {} was not migrated: {}", stream_, message);
  if (end == "stopped") {  // an error of ours: the journal is as it was, and nothing may be touched
    busy_ =
        fmt::format("the migration of stream {} broke off: {}; restart to go on", stream_, message);
    parts_.provisioner.hold(busy_);
    return;
  }
  next();
}

void Migrator::server_ready() {
  const std::scoped_lock lock{shared_->mutex};
  shared_->ready = true;
  shared_->connect = parts_.provisioner.options().connect;
  shared_->changed.notify_all();
}

void Migrator::server_gone() {
  const std::scoped_lock lock{shared_->mutex};
  shared_->ready = false;
}

void Migrator::stop() {
  stopping_ = true;
  shared_->signals.request_stop();
  const std::scoped_lock lock{shared_->mutex};
  shared_->changed.notify_all();
}

void Migrator::request_cancel() {
  shared_->signals.request_cancel();
  const std::scoped_lock lock{shared_->mutex};
  shared_->changed.notify_all();
}

void Migrator::forget_cancel() {
  shared_->signals.forget_cancel();
}

void Migrator::drain(milliseconds patience) {
  stop();
  std::unique_lock lock{shared_->mutex};
  (void)shared_->changed.wait_for(lock, patience, [this] { return !shared_->running; });
}

}  // namespace unified::app
