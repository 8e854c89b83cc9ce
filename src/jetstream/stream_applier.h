#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/api.h"
#include "jetstream/bound.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// Sends what a plan says of the streams, several requests at once, and deals with the answers.
/// Deletes nothing.
class StreamApplier {
 public:
  /// Refers to all it is given; what is done and what failed goes to `report`.
  StreamApplier(Api& api, const ReconcileOptions& options, ReconcileReport& report)
      : api_(api),
        options_(options),
        report_(report) {}

  /// A request that was sent before is not sent again. `states`: the streams that the plan was made
  /// from. False if nothing was sent.
  bool apply(const Plan& plan, const StatesByName& states);
  /// Whether this applier has created it.
  [[nodiscard]] bool has_created(const std::string& name) const { return created_.contains(name); }

 private:
  bool apply_wave(const std::vector<const StreamPlan*>& wave, const StatesByName& states);
  void send(std::span<const StreamPlan* const> streams, const StatesByName& states);
  void write_anew(const std::vector<StreamState>& created);
  [[nodiscard]] bool is_in_the_way(const std::string& name, const StatesByName& states);
  void create_failed(const StreamPlan& stream,
                     const ApiFailure& failure,
                     const StatesByName& states);
  void update_failed(const StreamPlan& stream,
                     const ApiFailure& failure,
                     const StatesByName& states);
  void update_but(const char* culprit, const StreamPlan& stream, const StreamState& state);
  [[nodiscard]] bool is_absent(const std::string& name, const StatesByName& states);
  void settle_failure(const std::string& name, const ApiFailure& failure);
  void note_created(const std::string& name);
  void note_update(const StreamPlan& stream, std::string_view but);

  Api& api_;
  const ReconcileOptions& options_;
  ReconcileReport& report_;
  std::map<std::string, nlohmann::json> sent_;
  std::set<std::string> created_;
  bool silent_ = false;  ///< the server leaves everything unanswered: it is asked nothing more
};

/// The names of the applied fields but for one, each once, separated by commas.
std::string applied_fields(const std::vector<FieldChange>& fields, std::string_view but = {});

}  // namespace unified::jetstream
