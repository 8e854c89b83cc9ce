#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// What would happen to one object or field (DESIGN.md, "Streams").
enum class Change : std::uint8_t {
  kKeep,    ///< already as declared
  kCreate,  ///< absent, and provably nothing there
  kSafe,    ///< updated, no stored message at stake
  kLossy,  ///< an update that drops stored messages or stops capturing; needs RECONCILE_ALLOW=lossy
  kIrreversible,  ///< an update that can't be undone; needs RECONCILE_ALLOW=irreversible
  kImmutable,  ///< this server refuses it, or accepts it and loses the stream; the server's value
               ///< stays
  kMigrating,  ///< somebody migrates the stream (is_parked()): it and its consumers are left alone,
               ///< not ready
  kLeftAlone,  ///< somebody has paused or restores the stream: nothing is compared or planned
  kUnloaded,   ///< the stream is on disk but the server did not load it: hands off, not ready
  kUnmanaged,  ///< on the server, in no manifest: never touched
};

/// `safe`, `lossy` …
std::string to_text(Change change);

struct FieldChange {
  std::string field;  ///< JetStream JSON name; `subjects` may appear twice: added (safe) and
                      ///< removed (lossy)
  Change change = Change::kKeep;
  nlohmann::json from;
  nlohmann::json to;
  bool applied = false;  ///< part of `StreamPlan::update`
  std::string at_stake;  ///< counted: "3,120 of 10,000 messages"; empty if nothing
  std::string why;       ///< for a field that is not applied: the rule and the way out
};

struct StreamPlan {
  std::string name;
  Change change = Change::kKeep;    ///< the object's own: create, keep, migrating, left alone,
                                    ///< unloaded, unmanaged, else its worst field
  std::vector<FieldChange> fields;  ///< only fields that differ
  /// Body of STREAM.CREATE (kCreate), or of STREAM.UPDATE: the server's own JSON with the applied
  /// fields merged in. Null: nothing to send.
  nlohmann::json request;
  std::vector<std::string> declared_subjects;  ///< what readiness asks for
  std::string note;                            ///< kUnloaded: cause and folder; kMigrating: who;
                                               ///< kLeftAlone: why
};

struct ConsumerPlan {
  std::string stream;
  std::string name;
  Change change = Change::kKeep;    ///< as StreamPlan::change
  std::vector<FieldChange> fields;  ///< only fields that differ
  /// The configuration for CONSUMER.CREATE: new, or the server's own with the applied fields merged
  /// in. Null: nothing to send.
  nlohmann::json request;
  bool recreate = false;  ///< the server refuses the change: deleted first, which was allowed
  nlohmann::json before;  ///< recreate: to go back to when the creation fails
  bool damaged = false;   ///< created over a folder that the server could not load
  std::string note;
};

struct Plan {
  /// Declared ones in manifest order, then those that are left alone and unmanaged ones, by name.
  std::vector<StreamPlan> streams;
  std::vector<ConsumerPlan> consumers;      ///< declared ones in manifest order
  [[nodiscard]] bool has_changes() const;   ///< something would be sent
  [[nodiscard]] bool has_refusals() const;  ///< something declared can't be or may not be applied
};

/// A declared stream that the server does not list although something of it is on disk or in its
/// log.
struct UnloadedStream {
  std::string name;
  std::string evidence;  ///< "folder /data/jetstream/jetstream/$G/streams/X", "log: Error
                         ///< recreating stream …"
};

/// A declared consumer that the server does not list.
struct UnloadedConsumer {
  std::string stream;
  std::string name;
  std::string evidence;  ///< its folder in the store; or why nobody knows
  /// The server could not load it: to be created over its folder, which keeps its position, at
  /// once, for an interest stream drops meanwhile what the others have acknowledged (2.9 to 2.15).
  /// False: its stream's consumers could not be listed.
  bool is_absent = false;
};

/// Everything that make_plan looks at on the actual side.
struct Actual {
  ServerVersion version;
  bool clustered = false;
  std::vector<StreamState> streams;
  std::vector<ConsumerState> consumers;  ///< of streams with a declared one
  std::vector<UnloadedStream> unloaded;
  std::vector<UnloadedConsumer> unloaded_consumers;
  /// Streams whose creation or change the server has just refused, and why: no other stream gives
  /// up a subject for them.
  std::map<std::string, std::string> refused;
  /// Declared streams that are to be left as they are, and why ("is paused until …"); no
  /// declaration that is planned has them.
  std::map<std::string, std::string> left_alone;
  /// Of one stream; `consumers` has those of a stream one after the other.
  [[nodiscard]] std::span<const ConsumerState> consumers_of(std::string_view stream) const;
};

/// Pure. Deletes nothing, ever. Rules per field and version: facts §1 and §2.
/// `now_unix_ns`: for the age of stored messages.
Plan make_plan(const Declarations& desired,
               const Actual& actual,
               const Allowed& allowed,
               std::int64_t now_unix_ns);

/// `1h -> 2h`, `+ trade-data.>`; what is created has no `from`.
std::string show_values(const FieldChange& change);

/// `2 stream(s), 1 consumer(s)`; without consumers the streams alone.
std::string counted(const Declarations& declarations);

/// Names the plan: the same for the same changes and refusals and for the same stakes of what is
/// applied, another for any other. Nothing that is as declared, or in no manifest, is part of it.
/// 16 hexadecimal digits.
std::string plan_hash(const Plan& plan);

/// "stream X", "consumer C of stream X"
std::string title_of(const StreamPlan& stream);
std::string title_of(const ConsumerPlan& consumer);
std::string title_of(const ConsumerSpec& consumer);

/// The plan as `plan` prints it.
std::string to_text(const Plan& plan);
nlohmann::json to_json(const Plan& plan);

}  // namespace unified::jetstream
