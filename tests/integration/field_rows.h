#pragma once

#include <string>
#include <vector>

#include "jetstream/plan.h"

namespace unified::test {

/// What must come of a row on one server.
struct Expected {
  static constexpr int kSome = -1;  ///< fewer than before, but not none
  static constexpr int kGone = -2;  ///< the server does not know the stream any more
  static constexpr int kNotAsked = -3;

  jetstream::Change change = jetstream::Change::kKeep;
  int left = 10;   ///< messages once everything is allowed
  int later = 10;  ///< and after a restart
  /// Immutable: what the server answers when it is asked all the same (err_code; 0: it says yes),
  /// and how many of three messages are left after a restart.
  int forced = kNotAsked;
  int forced_later = 3;
};

/// A stream as it is, and how the manifest wants it. `%` stands for the stream's name, which is
/// also its subject.
struct Row {
  std::string name;
  std::string before;    ///< JSON members of the CREATE beside name and subjects
  std::string declared;  ///< YAML members beside name and subjects
  Expected on_2_9;
  Expected on_2_10;
  Expected on_2_15;
  int stored = 10;    ///< once it is filled; 0: nothing is published
  std::string after;  ///< JSON members of an UPDATE once it is filled
};

/// Every row of facts §1 and §2 that a manifest can say, as a stream each.
std::vector<Row> limit_rows();
std::vector<Row> feature_rows();
std::vector<Row> origin_rows();  ///< they need streams ORIGIN and OTHER with 10 messages each
std::vector<Row> meaning_rows();

inline Expected keep(int stored = 10) {
  return {.change = jetstream::Change::kKeep, .left = stored, .later = stored};
}
inline Expected safe(int stored = 10) {
  return {.change = jetstream::Change::kSafe, .left = stored, .later = stored};
}
inline Expected lossy(int left) {
  return {.change = jetstream::Change::kLossy, .left = left, .later = left};
}
inline Expected irreversible(int stored = 10) {
  return {.change = jetstream::Change::kIrreversible, .left = stored, .later = stored};
}
inline Expected immutable(int forced, int stored = 10) {
  return {
      .change = jetstream::Change::kImmutable, .left = stored, .later = stored, .forced = forced};
}

}  // namespace unified::test
