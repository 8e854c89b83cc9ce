#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace unified::health {

/// One measurement of one thing.
struct Probe {
  bool ok = false;
  std::string message;  ///< what was seen, or why it failed
  std::chrono::milliseconds took{0};
  bool silent = false;   ///< it was asked, and did not answer in its time
  bool unknown = false;  ///< it could not be asked: that says nothing about it
};

struct StreamFacts {
  std::string name;
  std::vector<std::string> declared_subjects;
  std::vector<std::string>
      unbound_subjects;  ///< declared, but no message sent to them would be stored
  bool present = false;
  bool on_file = false;  ///< file storage
  std::int64_t messages = 0;
  std::int64_t max_messages = -1;
  std::int64_t bytes = 0;
  std::int64_t max_bytes = -1;
  bool refuses_when_full = false;  ///< discard: new
  std::string unusable;            ///< why it takes or acknowledges no message though it was not
                                   ///< declared so: only an operator can mend that; empty: it does
};

/// A limit beyond which something is refused, and how much of it is used.
struct LimitFacts {
  enum class Kind { kConnections, kFile, kMemory, kStreamMessages, kStreamBytes };
  Kind kind = Kind::kConnections;
  std::string stream;  ///< of a stream's limits
  std::int64_t used = 0;
  std::int64_t limit = 0;
  bool spent = false;                           ///< with hysteresis (limits.h)
  bool clears = false;                          ///< spent only by that: there is room again
  std::optional<std::chrono::seconds> full_in;  ///< if it goes on as it did
};

/// A part of ours beside nats-server: a port, a receiver, a folder, a watch.
struct PartFacts {
  std::string name;
  std::string why;  ///< it does not work; empty: it does
  std::chrono::seconds lasts{0};
};

struct DiskFacts {
  std::int64_t free_bytes = 0;
  std::int64_t total_bytes = 0;
  std::int64_t free_inodes = 0;   ///< negative: the file system does not count them
  std::int64_t total_inodes = 0;  ///< 0: as above
  std::int64_t max_file = -1;     ///< JETSTREAM_MAX_FILE; negative: unknown, or no limit
  std::optional<std::chrono::seconds> full_in;         ///< if it goes on as it did
  std::optional<std::chrono::seconds> inodes_gone_in;  ///< likewise
  bool store_exists = true;
  bool read_only = false;
  std::vector<std::string> without_files;  ///< streams on file storage whose files are gone
};

/// What the server says about its own limit, for a server whose disk is out of our sight.
struct QuotaFacts {
  std::int64_t used_bytes = 0;
  std::int64_t max_bytes = -1;  ///< negative: none
};

/// All that a judgement needs, taken at one moment. Immutable once built.
struct Snapshot {
  bool stopping = false;
  bool server_running = false;    ///< the child lives
  bool server_was_ready = false;  ///< this incarnation has been ready once
  std::string phase;
  std::string down_because;  ///< somebody's wish, or no room on the disk; empty: it is to be up
  std::uint64_t restarts = 0;
  std::string last_exit;  ///< empty: never ended
  std::string cause;      ///< of the last end, as far as it is known
  std::uint64_t dropped_log_lines = 0;
  std::string log_file_problem;  ///< empty: nats-server's lines are in its file

  std::vector<PartFacts> parts;  ///< none counts for readiness

  /// Why a server that says it is ready does not let us in; empty: it does.
  std::string refused_us;

  Probe client_port;  ///< our own connection
  Probe http;         ///< any answer of the monitor port
  bool jetstream_enabled = true;
  Probe jetstream;  ///< round trip over $JS.API

  std::string migrating;  ///< "stream X is being migrated (saving)"; empty: none is
  /// Declared streams that nothing of ours touches just now, and why ("is paused until …").
  std::map<std::string, std::string> left_alone;
  bool streams_known = false;  ///< the lists below come from the server
  std::vector<StreamFacts> streams;
  std::vector<std::string> refused;   ///< declared changes that were not applied, one sentence each
  std::vector<std::string> unloaded;  ///< streams on disk that the server did not load
  std::vector<std::string> errors;    ///< what the last reconcile could not do
  std::vector<std::string> missing_consumers;  ///< declared, "consumer C of stream X"

  std::string store_refusal;    ///< why the store, or a declared stream, takes no writes; empty: it
                                ///< does, as far as is known
  std::string store_complaint;  ///< nats-server's words of a failed write that the rest got over
  std::string store_doubt;      ///< why it is not known whether the store takes writes
  Probe store{.ok = true, .message = {}, .took = {}};  ///< whether `disk` could be read
  std::optional<DiskFacts> disk;                       ///< none: not in our sight
  std::vector<LimitFacts> limits;   ///< as of the last full look; consumers must come in to drain
                                    ///< what is full, so these never take readiness away
  std::optional<QuotaFacts> quota;  ///< looked at when there is no `disk`
};

}  // namespace unified::health
