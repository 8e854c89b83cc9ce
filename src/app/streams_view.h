#pragma once

#include <string>
#include <vector>

#include "health/snapshot.h"
#include "jetstream/reconciler.h"

namespace unified::app {

/// A line for people, and what tells it from others: whatever is counted in the line, the key is
/// the same as long as the same is said of the same thing.
struct KeyedLine {
  std::string key;
  std::string line;
};

/// What the last look at the server's streams showed, in health's words.
struct StreamsView {
  bool known = false;
  std::vector<health::StreamFacts> streams;  ///< the declared ones
  std::vector<std::string> refused;
  std::vector<std::string> unloaded;  ///< or parked by a migration: why nobody can use them
  std::vector<std::string> errors;
  std::vector<KeyedLine> faults;      ///< `refused`, `unloaded` and `errors` with their keys
  std::vector<std::string> warnings;  ///< of what others did while we changed something
  std::vector<std::string> missing_consumers;  ///< "consumer C of stream X"
  std::vector<jetstream::StreamState> actual;  ///< every stream of the server
};

/// A declared stream beside what the server has (null: it doesn't), in health's words.
health::StreamFacts facts_of(const jetstream::StreamSpec& spec,
                             const jetstream::StreamState* actual);

StreamsView make_view(const jetstream::ReconcileReport& report,
                      const jetstream::Declarations& desired);

/// The view's part of what health judges.
void add_streams(const StreamsView& view, health::Snapshot& facts);

/// What a reconcile did and what it refused, one line each, for the log.
std::vector<KeyedLine> describe(const jetstream::ReconcileReport& report);

/// Whether the same is said of the same things, whatever is counted in the lines.
bool are_same(const std::vector<KeyedLine>& one, const std::vector<KeyedLine>& other);

/// What was missing at a later look and was created, one line each, with what that means for
/// clients.
std::vector<std::string> made_anew(const jetstream::ReconcileReport& report);

}  // namespace unified::app
