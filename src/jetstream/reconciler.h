#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/server_version.h"
#include "jetstream/api_port.h"
#include "jetstream/change_log.h"
#include "jetstream/consumer_spec.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

enum class ReconcileMode : std::uint8_t {
  kStart,     ///< everything that is safe or allowed
  kDrift,     ///< only creates what is provably absent and re-adds subjects; the rest is reported
  kPlanOnly,  ///< sends nothing
};

/// Evidence that a stream, or a consumer of it, is there although the server does not list it (its
/// folder, a line of this incarnation's log); nothing = none. `consumer` is empty for the stream
/// itself. Begins with kSeenFolder when it was seen, and not only could not be looked for.
inline constexpr std::string_view kSeenFolder = "folder ";
/// What it begins with when the stream is not there, but must not be made: "it is being restored".
inline constexpr std::string_view kHeldBack = "it ";
using FindEvidence = std::function<std::optional<std::string>(const std::string& stream,
                                                              const std::string& consumer)>;

/// Why a stream and its consumers are to be left as they are, to be put behind its name ("is paused
/// until …"); nothing: they may be touched.
using LeaveAlone = std::function<std::optional<std::string>(const std::string& stream)>;

struct ReconcileOptions {
  Allowed allowed;  ///< kDrift: not used
  ServerVersion version;
  bool clustered = false;
  ReconcileMode mode = ReconcileMode::kStart;
  std::chrono::milliseconds timeout{5000};  ///< for each request
  std::int64_t now_unix_ns = 0;
  /// Called before a plan and again right before a CREATE; empty: none is looked for.
  FindEvidence evidence;
  /// Called before a plan, after `evidence`, and again right before a request that changes
  /// something; empty: nothing is left alone.
  LeaveAlone leave_alone{};  // NOLINT(readability-redundant-member-init)
  /// Not empty: plan_hash() of the only plan that may be applied; with another one nothing is sent.
  std::string only_plan;
  /// Titles of consumers with an inactive_threshold that were there since the start. Such a one may
  /// be absent, and is not made again: what was acknowledged would come again. Nothing: nobody
  /// knows; kStart makes what is absent, for other modes it may be.
  std::optional<std::set<std::string>> had_before{};  // NOLINT(readability-redundant-member-init)
  /// Called on this thread for every answer to a request that changes something; may be empty.
  std::function<void()> progress;
  /// Hears every advisory about streams; nobody listens: null, and nothing is known of what others
  /// do between two requests. Outlives the reconcile.
  ChangeLog* changes = nullptr;
  void tell_progress() const {
    if (progress)
      progress();
  }
};

struct StreamProblem {
  std::string object;  ///< "X", "consumer C of stream X"; empty: not about one object
  std::string message;
  int err_code = 0;
  bool transient = false;  ///< worth trying again
};

/// An update that the server has confirmed, and its line in ReconcileReport::done.
struct DoneUpdate {
  std::string stream;
  std::vector<FieldChange> fields;
  std::string line;
};

struct ReconcileReport {
  /// The first plan: what was to be done (and, but for kPlanOnly, was tried).
  Plan plan;
  /// A plan against what the server has afterwards, with everything that `allowed` permits:
  /// refusals and, after kDrift, the drift. Equals `plan` after kPlanOnly.
  Plan remaining;
  std::vector<StreamState> actual;  ///< as read last
  /// "created X", "updated X: max_msgs, subjects": what is so at the end; what was set back again
  /// meanwhile (a move that the server refused) is not.
  std::vector<std::string> done;
  std::vector<DoneUpdate> updates;             ///< those that `done` tells of
  std::vector<std::string> created_streams;    ///< titles of what this run created
  std::vector<std::string> created_consumers;  ///< the same, without those that kept their position
  std::vector<StreamProblem> problems;
  /// What others did while something was changed, and what came of it; worth a human's look.
  std::vector<std::string> warnings;
  std::vector<std::string> unbound;  ///< declared subjects that nobody stores: not ready
  /// Declared consumers that the server does not have, "consumer C of stream X": not ready, for a
  /// stream may drop what no consumer waits for.
  std::vector<std::string> missing_consumers;
  /// Declared consumers with an inactive_threshold that the server does not have and need not have:
  /// no fault, and nothing is done about it before the next start, reload or init.
  std::vector<std::string> expired_consumers;
  /// Those with an inactive_threshold that were there, or were created.
  std::vector<std::string> expiring_consumers;
  /// By declared stream: why nothing was done about it and its consumers (LeaveAlone), when the
  /// server was read last. No plan has them; what of them is missing is missing.
  std::map<std::string, std::string> left_alone;
  bool others_provisioned = false;  ///< provisioned() as far as left_alone does not go
  bool listed = false;  ///< the server answered: what is missing is knowledge, not a guess
  [[nodiscard]] bool provisioned() const {
    return listed && unbound.empty() && missing_consumers.empty();
  }
  [[nodiscard]] bool transient() const;  ///< some problem is worth trying again
};

/// List, plan, apply, read back and compare, until nothing more can be done (at most three rounds).
/// Requests that do not depend on each other are under way together. Deletes nothing but consumers
/// that Allowed::recreate is for. Blocks: worker thread only.
ReconcileReport reconcile(ApiPort& port,
                          const Declarations& desired,
                          const ReconcileOptions& options);

}  // namespace unified::jetstream
