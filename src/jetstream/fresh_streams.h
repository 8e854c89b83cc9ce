#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jetstream/api.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// What is known of the streams, read again right before something is changed. $JS.API knows no
/// update on a condition: whoever writes a configuration back has read it just before, has seen no
/// advisory of a change since, and learns afterwards whether somebody came between all the same.
class FreshStreams {
 public:
  /// Refers to all it is given; what is read goes to `actual`.
  FreshStreams(Api& api, const ReconcileOptions& options, Actual& actual)
      : api_(api),
        options_(options),
        actual_(actual) {}

  using Failures = std::map<std::string, ApiFailure>;
  /// Reads them, all at once. Returns those that could not be read, by name.
  Failures read(const std::vector<std::string>& names);
  /// What an answer said.
  void learn(StreamState state);
  /// Null: the server does not have it, as far as is known. Valid until the next read() or learn().
  [[nodiscard]] const StreamState* find(const std::string& name) const;

  /// Before streams are created that are read and changed right afterwards.
  void expect_creation(const std::vector<std::string>& names);
  /// Once they are: waits shortly for the server to tell of it, which is no change by others.
  void await_creation(const std::vector<std::string>& names);

  /// Whether the server has told of a change since read() that was not ours.
  [[nodiscard]] bool has_changed(const std::string& name) const;
  /// A change of ours was carried out: the server tells of that, too.
  void count_own(const std::string& name);
  /// Those of them that somebody else changed between read() and now; waits shortly for the
  /// server to tell of our own changes, before which it tells of the others'.
  std::vector<std::string> changed_by_others(const std::vector<std::string>& names);
  /// Once everything is done: those that we changed and somebody else, too, and that
  /// changed_by_others() could not see yet: another's advisory may have come in place of ours.
  std::vector<std::string> changed_late();

 private:
  Api& api_;
  const ReconcileOptions& options_;
  Actual& actual_;
  std::map<std::string, std::uint64_t> expected_;  ///< changes told of when it was read, and ours
  std::set<std::string> ours_;  ///< changed by us, and nothing is told of others yet
  bool is_told_ = true;         ///< false: the server was silent about a change of ours
};

}  // namespace unified::jetstream
