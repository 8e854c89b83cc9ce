#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jetstream/bound.h"
#include "jetstream/captured.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// Which subjects streams give up in a plan. A subject that another declared stream shall have is
/// given up only if that one can take it. A plan is made by what is assumed here, and made again
/// until it agrees(). Refers to all it is given.
class GivenSubjects {
 public:
  GivenSubjects(const std::vector<StreamSpec>& desired,
                const Actual& actual,
                const StatesByName& states,
                const Allowed& allowed);

  /// Before the plan is made: what the givers are about to give up counts as free.
  void foresee(Captured& captured) const;
  /// The rules for the subjects of one stream. Refers to this.
  [[nodiscard]] Surrender surrender_of(const StreamSpec& spec) const;
  /// Whether the plan gives up nothing for a stream that does not take it. False: it is to be made
  /// again, for more stays now.
  bool agrees(const Plan& plan);

 private:
  struct Wanted {
    std::string stream;
    std::string subject;
    std::string why_not;
  };

  [[nodiscard]] std::vector<std::string> foreseen(const StreamSpec& spec,
                                                  const StreamState& state) const;
  [[nodiscard]] std::vector<Wanted> wanted_in_vain(const Plan& plan) const;
  [[nodiscard]] std::string obstacle(const StreamPlan& stream, const std::string& subject) const;
  [[nodiscard]] bool keeps_more(const StreamSpec& giver,
                                const StreamPlan& planned,
                                const std::vector<Wanted>& in_vain);
  [[nodiscard]] std::vector<std::string> captured_after(const StreamPlan& stream) const;

  const std::vector<StreamSpec>& desired_;
  const Actual& actual_;
  const StatesByName& states_;
  Allowed allowed_;
  std::vector<const StreamSpec*> givers_;
  /// By stream and subject.
  std::map<std::pair<std::string, std::string>, std::string> why_kept_;
  std::map<std::string, std::set<std::string>> kept_besides_;
};

}  // namespace unified::jetstream
