#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "jetstream/consumer_api.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// Sends what a plan says of the consumers, several requests at once. Deletes one only where the
/// plan says `recreate`.
class ConsumerApplier {
 public:
  /// Refers to all it is given; what is done and what failed goes to `report`.
  ConsumerApplier(ConsumerApi& api, const ReconcileOptions& options, ReconcileReport& report)
      : api_(api),
        options_(options),
        report_(report) {}

  /// `has_stream`: whether the server has the stream by now. False if nothing was sent.
  bool apply(const Plan& plan, const std::function<bool(const std::string& stream)>& has_stream);

 private:
  void write_anew(const ConsumerPlan& consumer);
  void send(const std::vector<const ConsumerPlan*>& consumers,
            const std::vector<ConsumerCommand>& commands);
  [[nodiscard]] bool is_absent(const ConsumerPlan& consumer);
  void recreate(const ConsumerPlan& consumer);
  void note_done(const ConsumerPlan& consumer);
  void failed(const ConsumerPlan& consumer, const ApiFailure& failure);

  ConsumerApi& api_;
  const ReconcileOptions& options_;
  ReconcileReport& report_;
  std::map<std::pair<std::string, std::string>, nlohmann::json> sent_;
};

}  // namespace unified::jetstream
