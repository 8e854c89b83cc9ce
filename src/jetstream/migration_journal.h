#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "jetstream/stream_digest.h"

namespace unified::jetstream {

/// How the messages get into the new stream.
enum class MigrationMethod : std::uint8_t {
  kRestore,  ///< nats-server restores its own snapshot under the new configuration
  kLoad,     ///< published again, one by one: for servers that restore nothing into memory
};

/// What is certainly so, whatever happened since.
enum class MigrationPhase : std::uint8_t {
  kBegun,    ///< the old stream is there, maybe parked; there is no backup
  kSaved,    ///< as above, and the backup is whole on the disk
  kProved,   ///< and it was restored elsewhere, with the same messages and consumers
  kSealing,  ///< as above, and what is there may be sealed: nothing can be stored in it any more
  kSealed,   ///< what is there is sealed, and no backup holds all of it
  kSealedSaved,  ///< as above, and the backup that was made of it since is whole on the disk
  kReplacing,    ///< the backup is what counts: what was there was sealed and compared with it, and
                 ///< may be gone; the new one may be half there
  kReplaced,     ///< the new stream is there, parked, with the same messages and consumers
  kReturning,    ///< as kReplacing, on the way back to the old configuration
  kReturned,     ///< as kReplaced, with the old configuration
  kLeaving,      ///< nothing was replaced, the old stream only has to get its subjects back
};
std::string to_text(MigrationPhase phase);

/// All that a migration must not forget, in a file beside the backup.
struct MigrationJournal {
  /// 1: before streams were sealed (up to 2026-11): a stream that is replaced was compared before
  /// its last moment only.
  static constexpr int kFormat = 2;
  int format = kFormat;
  std::string stream;
  MigrationPhase phase = MigrationPhase::kBegun;
  MigrationMethod method = MigrationMethod::kRestore;
  nlohmann::json from;               ///< the server's whole configuration of before
  nlohmann::json to;                 ///< the same with what changes
  std::vector<std::string> changed;  ///< the fields that do
  bool keep_backup = false;
  std::string begun;      ///< RFC 3339
  nlohmann::json state;   ///< of the stream as it was saved
  std::string origin;     ///< its `created`, as INFO says; empty: unknown
  std::string condemned;  ///< `created` of what was sealed and compared: it may be deleted
  bool ours = false;      ///< kSealing: what is sealed was put there by us, or by nobody knows whom
  /// Whether a request to seal the old stream may have been sent whose answer nobody has: the
  /// server may carry it out later, whatever the phase is by then.
  bool seal_sent = false;
  int parks = 0;             ///< how often its subjects were taken away
  std::int64_t again = 0;    ///< messages acknowledged after the save: they come again
  bool moved_on = false;     ///< its consumers acknowledged something after the save
  std::string created;       ///< of what was put in its place, as INFO says; empty: unknown
  nlohmann::json consumers;  ///< as CONSUMER.LIST had them when the stream was saved: a list
  std::int64_t backup_bytes = 0;
  std::string backup_sum;  ///< Checksum of stream.tar.s2
  StreamDigest digest;     ///< of the messages that the backup holds
  std::string failure;     ///< why the old configuration stays; empty: it does not
};

/// Indented JSON with a final newline.
std::string to_text(const MigrationJournal& journal);
/// Unknown keys are ignored. Errors: not JSON, a format newer than ours, a wrong type or phase.
Result<MigrationJournal> parse_journal(const std::string& text);

/// What the server has under the stream's name.
enum class StreamSeen : std::uint8_t {
  kAbsent,
  kParked,  ///< with the subject that only a migration gives
  kOpen,    ///< with other subjects
  kSealed,  ///< whatever its subjects are: nothing can be stored in it
};

enum class MigrationStep : std::uint8_t {
  kPark,      ///< subjects away, then save
  kSave,      ///< snapshot
  kProve,     ///< restore it elsewhere and compare
  kSeal,      ///< from now on nothing can be stored in it
  kCompare,   ///< whether the backup holds all that is sealed
  kSaveLate,  ///< our seal was carried out late: what is sealed has to be saved again
  kReplace,   ///< delete what is there, put the new one in its place, compare
  kOpen,      ///< the new one gets its subjects
  kReturn,    ///< as kReplace, with the old configuration
  kReopen,    ///< the old one gets its subjects back
  kLeave,     ///< nothing is sealed, and nothing is to be replaced any more
  kRefuse,    ///< somebody else sealed it, which can't be undone
  kFinish,    ///< nothing is left to do but to forget
  kGone,      ///< a stream in memory ended with its server before it was saved
  kHandsOff,  ///< what is there is not what a migration has left: nothing may be touched
};

/// What to do next, for whoever begins or resumes. Pure.
MigrationStep next_step(const MigrationJournal& journal, StreamSeen seen);

/// Whether what is there is sealed, or may be, and only its deletion brings back the old
/// configuration.
bool may_be_sealed(MigrationPhase phase);

/// Whether the stream's folder in the store, if there is one, may be half deleted or half restored:
/// it must be out of the way before a server starts there.
bool may_be_half_there(const MigrationJournal& journal);

}  // namespace unified::jetstream
