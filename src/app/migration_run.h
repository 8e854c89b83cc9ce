#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "app/migration_files.h"
#include "base/server_version.h"
#include "jetstream/migration_journal.h"
#include "jetstream/nats/module.h"

namespace unified::app {

/// Flags that tell a migration's thread what is asked of it. Only the functions set any; it takes
/// `cancelled` back when it has heard it.
struct MigrationSignals {
  std::atomic<bool> stopped = false;      ///< give way at once; it is resumed by the next start
  std::atomic<bool> cancelled = false;    ///< the old configuration stays, or comes back
  std::atomic<bool> interrupted = false;  ///< one of both, and what is under way is to end

  void request_stop() {
    stopped = true;
    interrupted = true;
  }
  /// In this order: whoever hears `cancelled` takes both back.
  void request_cancel() {
    interrupted = true;
    cancelled = true;
  }
  /// Before another migration may be cancelled.
  void forget_cancel() {
    cancelled = false;
    interrupted = stopped.load();
  }
};

/// What a migration needs of its surroundings. Everything is called from the migration's thread.
struct MigrationSurroundings {
  std::string store_dir;
  std::string server_binary;
  ServerVersion version;
  MigrationSignals& signals;
  /// Blocks until nats-server is ready or we are to stop; how to connect to it.
  std::function<nats::ConnectOptions()> wait_for_server;
  std::function<void(const std::string& line)> log;
  std::function<void(const std::string& step)> tell;  ///< "saving, 45 MB"
  /// It goes on only when a person has done something; called once for each new reason and again
  /// whenever it was tried in vain, `is_new` says which. The next `tell` ends it.
  std::function<void(const std::string& reason, bool is_new)> wait_for_person;
};

struct MigrationOutcome {
  enum class End {
    kDone,     ///< the stream is what was asked for
    kRefused,  ///< it is as it was before; `message` says why
    kGone,     ///< it was in memory and ended with its server before anything was saved
    kStopped,  ///< not at an end: the journal says how it goes on
  };
  End end = End::kStopped;
  std::string message;
};

/// Takes a migration from where its journal is to its end: whatever happens, the old stream, the
/// new one or a proved backup is there, and the journal says which. Waits for the server as long as
/// it takes. Blocks: a thread of its own. The journal is on disk already.
MigrationOutcome run_migration(jetstream::MigrationJournal journal,
                               const MigrationSurroundings& surroundings);

}  // namespace unified::app
