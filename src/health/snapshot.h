#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace unified::health {

/// One measurement of one thing.
struct Probe {
  bool ok = false;
  std::string message;  ///< what was seen, or why it failed
  std::chrono::milliseconds took{0};
};

struct StreamFacts {
  std::string name;
  std::vector<std::string> declared_subjects;
  std::vector<std::string>
      unbound_subjects;  ///< declared, but no message sent to them would be stored
  bool present = false;
  std::int64_t messages = 0;
  std::int64_t max_messages = -1;
  std::int64_t bytes = 0;
  std::int64_t max_bytes = -1;
};

struct DiskFacts {
  std::int64_t free_bytes = 0;
  std::int64_t total_bytes = 0;
  std::int64_t free_inodes = 0;
};

/// All that a judgement needs, taken at one moment. Immutable once built.
struct Snapshot {
  bool stopping = false;
  bool server_running = false;    ///< the child lives
  bool server_was_ready = false;  ///< this incarnation has been ready once
  std::string phase;
  std::uint64_t restarts = 0;
  std::string last_exit;  ///< empty: never ended
  std::uint64_t dropped_log_lines = 0;

  Probe client_port;  ///< our own connection
  Probe http;         ///< any answer of the monitor port
  bool jetstream_enabled = true;
  Probe jetstream;  ///< round trip over $JS.API

  bool streams_known = false;  ///< the lists below come from the server
  std::vector<StreamFacts> streams;
  std::vector<std::string> refused;   ///< declared changes that were not applied, one sentence each
  std::vector<std::string> unloaded;  ///< streams on disk that the server did not load
  std::vector<std::string> errors;    ///< what the last reconcile could not do

  std::optional<DiskFacts> disk;
};

}  // namespace unified::health
