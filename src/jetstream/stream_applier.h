#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/api.h"
#include "jetstream/fresh_streams.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"
#include "jetstream/subject_moves.h"

namespace unified::jetstream {

/// Makes the plan anew for these streams alone, from what is known of all now.
using Replan = std::function<Plan(const std::set<std::string>& streams)>;

/// Sends what a plan says of the streams, several requests at once, and deals with the answers. An
/// update is planned again from the stream as it is read right before it. Subjects that move from
/// one stream to another are left where they are. Deletes nothing.
class StreamApplier {
 public:
  /// Refers to all it is given; what is done and what failed goes to `report`.
  StreamApplier(Api& api,
                FreshStreams& streams,
                Replan replan,
                const ReconcileOptions& options,
                Actual& actual,
                ReconcileReport& report)
      : api_(api),
        streams_(streams),
        replan_(std::move(replan)),
        options_(options),
        actual_(actual),
        report_(report) {}

  /// A request that was sent before is not sent again. `moves`: subject_moves() of the plan. False
  /// if nothing was sent.
  bool apply(const Plan& plan, const std::vector<SubjectMove>& moves);
  /// Whether this applier has created it.
  [[nodiscard]] bool has_created(const std::string& name) const { return created_.contains(name); }
  /// The server left everything unanswered.
  [[nodiscard]] bool is_silent() const { return silent_; }

 private:
  using Streams = std::vector<const StreamPlan*>;

  void create(std::span<const StreamPlan* const> streams);
  void update(std::span<const StreamPlan* const> streams);
  void send_updates(const Streams& streams, const std::vector<StreamCommand>& commands);
  void write_anew(const std::vector<std::string>& created);
  [[nodiscard]] nlohmann::json body_of(const StreamPlan& stream) const;
  [[nodiscard]] bool is_new(const std::string& name, const nlohmann::json& body);
  [[nodiscard]] bool is_as_it_was_meant(const StreamPlan& now, const StreamPlan& then);
  [[nodiscard]] bool is_left_alone(const std::string& name);
  [[nodiscard]] bool is_in_the_way(const std::string& name);
  [[nodiscard]] bool is_absent(const std::string& name);
  void create_failed(const StreamPlan& stream, const ApiFailure& failure);
  void update_failed(const StreamPlan& stream, const ApiFailure& failure);
  void update_but(const char* culprit, const StreamPlan& stream);
  void settle_failure(const std::string& name, const ApiFailure& failure);
  void note_created(const StreamPlan& stream, const StreamState& answer);
  void note_update(const StreamPlan& stream, const StreamState& answer);

  Api& api_;
  FreshStreams& streams_;
  Replan replan_;
  const ReconcileOptions& options_;
  Actual& actual_;
  ReconcileReport& report_;
  std::vector<SubjectMove> moves_;
  std::set<std::string> movers_;
  std::map<std::string, nlohmann::json> sent_;
  std::set<std::string> created_;
  bool anything_ = false;
  bool silent_ = false;  ///< the server leaves everything unanswered: it is asked nothing more
};

/// The names of the applied fields, each once, separated by commas.
std::string applied_fields(const std::vector<FieldChange>& fields);
/// "updated X: max_msgs, subjects"
std::string updated_line(const std::string& stream, const std::vector<FieldChange>& fields);

}  // namespace unified::jetstream
