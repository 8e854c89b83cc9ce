#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace unified::jetstream {

// Which streams somebody restores on the server just now, from what can be seen of that. While it
// runs the stream is not there, and a CREATE of its name succeeds and makes the restore fail at its
// end (10130, nats-server 2.9 to 2.15). All of it is pure.

/// A restore that is under way.
struct SeenRestore {
  std::string since;  ///< for people: RFC 3339
  std::chrono::steady_clock::time_point begun;
  std::chrono::steady_clock::time_point last_sign;  ///< when it was seen to be alive
  bool watched = false;  ///< some look could tell whether it is alive: a quiet one is over
};

/// What one look at the server and at its store has shown.
struct RestoreLook {
  /// The streams that the server waits for pieces of: it has a subscription to
  /// $JS.SNAPSHOT.RESTORE.STREAM.ID until the last piece came, or none for 5 s (2.9 to 2.15).
  /// Nothing: it could not be asked.
  std::optional<std::set<std::string>> receiving;
  /// Bytes of the js-restore-* in our own store's .snap-staging (2.9, 2.10; later ones restore in
  /// memory); nothing: the store is out of sight.
  std::optional<std::uint64_t> staged;
};

/// A dead restorer sends no RESTORE_COMPLETE: a restore of which nothing was seen for so long is
/// over.
inline constexpr std::chrono::seconds kRestoreQuiet{30};

/// The name of a restore whose stream nobody can tell.
inline constexpr std::string_view kAnyStream = "*";

struct SeenRestores {
  std::map<std::string, SeenRestore> running;  ///< by stream
  /// Ended, or took too long: a look may show them for some seconds more (nats-server waits that
  /// long for another piece), and they are not taken for running ones.
  std::set<std::string> over;
  std::uint64_t staged = 0;  ///< at the last look
};

/// An advisory RESTORE_CREATE. One that runs already stays as old as it is.
void restore_began(SeenRestores& seen,
                   const std::string& stream,
                   std::chrono::steady_clock::time_point now,
                   const std::string& now_text);

/// An advisory RESTORE_COMPLETE, which also follows a restore that failed.
void restore_ended(SeenRestores& seen, const std::string& stream);

/// Takes in a look; a restore that began before anybody listened begins with it, if need be as that
/// of kAnyStream.
void restores_looked_at(SeenRestores& seen,
                        const RestoreLook& look,
                        std::chrono::steady_clock::time_point now,
                        const std::string& now_text);

/// Forgets those that run for longer than `limit` (RESTORE_HOLD), and those that are quiet; says
/// which, and why.
std::vector<std::string> drop_finished(SeenRestores& seen,
                                       std::chrono::nanoseconds limit,
                                       std::chrono::steady_clock::time_point now);

}  // namespace unified::jetstream
