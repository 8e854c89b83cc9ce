#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jetstream/consumer_api.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// Sends what a plan says of the consumers, several requests at once. Whatever is there is read and
/// planned again right before it is changed. Deletes one only where the plan says `recreate`.
class ConsumerApplier {
 public:
  /// Makes the plan anew for these consumers alone (stream and name), from what is known now.
  using Replan =
      std::function<Plan(const std::set<std::pair<std::string, std::string>>& consumers)>;

  /// Refers to all it is given; what is read goes to `actual`, what is done and what failed to
  /// `report`.
  ConsumerApplier(ConsumerApi& api,
                  Replan replan,
                  const ReconcileOptions& options,
                  Actual& actual,
                  ReconcileReport& report)
      : api_(api),
        replan_(std::move(replan)),
        options_(options),
        actual_(actual),
        report_(report) {}

  /// `has_stream`: whether the server has the stream by now. False if nothing was sent.
  bool apply(const Plan& plan, const std::function<bool(const std::string& stream)>& has_stream);

 private:
  using Consumers = std::vector<const ConsumerPlan*>;

  void create(const Consumers& consumers);
  void update(const Consumers& consumers);
  void update_group(const Consumers& consumers);
  [[nodiscard]] bool is_left_alone(const ConsumerPlan& consumer) const;
  [[nodiscard]] bool is_new(const ConsumerPlan& consumer);
  [[nodiscard]] bool is_as_it_was_meant(const ConsumerPlan& now, const ConsumerPlan& then);
  /// Those that could be read.
  [[nodiscard]] std::set<std::pair<std::string, std::string>> read(const Consumers& consumers);
  void learn(ConsumerState state);
  [[nodiscard]] const ConsumerState* find(const ConsumerPlan& consumer) const;
  void write_anew(const ConsumerPlan& consumer);
  [[nodiscard]] ApiResult<ConsumerState> describe_as(const ConsumerPlan& consumer,
                                                     const std::string& description);
  void check(const ConsumerPlan& consumer,
             const nlohmann::json& read,
             const nlohmann::json& body,
             const ConsumerState& answer);
  [[nodiscard]] bool is_absent(const ConsumerPlan& consumer);
  void recreate(const ConsumerPlan& consumer);
  void note_done(const ConsumerPlan& consumer);
  void failed(const ConsumerPlan& consumer, const ApiFailure& failure);

  ConsumerApi& api_;
  Replan replan_;
  const ReconcileOptions& options_;
  Actual& actual_;
  ReconcileReport& report_;
  std::map<std::pair<std::string, std::string>, nlohmann::json> sent_;
};

}  // namespace unified::jetstream
