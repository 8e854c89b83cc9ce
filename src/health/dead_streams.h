#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "health/store_trial.h"

namespace unified::health {

/// The stream that takes no message until nats-server starts anew, however its files are, by these
/// words of nats-server's (2.15.1; 2.9.10 and 2.10.27 open their files again). Empty: they do not
/// say so, or what they name can't be a stream. Only for lines without client text.
std::string dead_stream_of(std::string_view text);

/// A stream that nats-server has given up, as far as it is known.
struct DeadStream {
  std::string line;             ///< nats-server's last words about it
  bool confirmed = false;       ///< by a trial of our own that failed, or by /healthz
  bool refused_before = false;  ///< a trial of ours failed: in the store, or in its own folder
};

/// The streams that are dead in this incarnation, and how often nats-server was started anew for
/// such ones. A value; the functions below change it and do nothing else.
struct DeadStreams {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::map<std::string, DeadStream> streams;  ///< by name
  std::string note;  ///< why nats-server is not started anew for them; empty: it was not asked yet
  std::optional<TimePoint> line_at;    ///< the last line about one, also of earlier incarnations
  std::optional<TimePoint> restarted;  ///< when nats-server was last started anew for one
  int restarts = 0;                    ///< in a row, without an hour without such a line
};

/// A new incarnation: it opens all files anew.
void server_started(DeadStreams& dead);

/// A line of nats-server's without client text, as it may be shown to people.
void note_line(DeadStreams& dead, std::string_view text, DeadStreams::TimePoint now);

/// The store takes writes again after a trial failed: of those that died meanwhile we know why.
void confirm(DeadStreams& dead);

/// What came of a trial in the folder of a dead stream's messages.
struct FolderTrial {
  std::string stream;
  bool exists = true;  ///< else the stream is deleted
  TrialOutcome outcome;
};
/// Whether nats-server is to be asked: all of these folders take writes.
bool end_folder_trials(DeadStreams& dead, const std::vector<FolderTrial>& trials);

/// The streams that /healthz?details=true names with a "write error"; nothing when the answer does
/// not tell (another status without the list of errors, which 2.9 does not have).
std::optional<std::set<std::string>> refusing_streams(int http_status, const std::string& body);

/// Whether nats-server is to be started anew: it still refuses some. Those that it does not name
/// are no longer dead. No answer: nothing is known.
bool end_question(DeadStreams& dead, const std::optional<std::set<std::string>>& refusing);

/// Whether nats-server may be started anew now; then that counts as done. `obstacle`: what would be
/// lost or cut by it; empty: nothing. The pause between two doubles from a minute to an hour. When
/// no trial of ours failed the trouble may lie in the stream's files: then only for errors that a
/// new start may get over, and after three times no more until an hour went by without such a line.
bool may_start_anew(DeadStreams& dead, const std::string& obstacle, DeadStreams::TimePoint now);

/// "stream A stores nothing: …" of the confirmed ones that are declared, or are not. Empty: none.
std::string sentence(const DeadStreams& dead,
                     const std::set<std::string>& declared,
                     bool is_declared);

}  // namespace unified::health
