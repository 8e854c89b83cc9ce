#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "health/assess.h"
#include "health/disk_trend.h"
#include "health/snapshot.h"

namespace unified::health {

/// How much of one limit is used at one moment.
struct LimitUse {
  LimitFacts::Kind kind = LimitFacts::Kind::kConnections;
  std::string stream;  ///< of a stream's limits
  std::int64_t used = 0;
  std::int64_t limit = 0;
  bool spent = false;  ///< the next one is refused
};

/// The server's own limits by the JSON of its /varz (2.9 to 2.15): connections, JetStream's files
/// and memory. What has no limit is left out. Nothing of an answer that is none. Pure.
std::vector<LimitUse> limits_of_server(std::string_view varz);

/// Those of the streams that refuse what is new when they are full (discard: new). Pure.
std::vector<LimitUse> limits_of_streams(const std::vector<StreamFacts>& streams);

/// Whether a limit counts as spent, so that it does not flicker while consumers drain what
/// publishers fill.
struct SpentState {
  bool spent = false;
  std::optional<TimePoint> below_since;  ///< 95 % of the limit, while it is spent
};
/// Spent at once when the next one would be refused; no longer when less than 95 % were used for
/// 10 s, as far as anybody looked. Pure.
SpentState next(const SpentState& before, const LimitUse& use, TimePoint now);

/// Spent fails, from 90 % on it warns. Pure.
Status status_of(const LimitFacts& limit);
/// What is used up, or will be, with what to do about it: for people. Pure.
std::string sentence(const LimitFacts& limit);

/// What was seen of each limit over time.
class Limits {
 public:
  /// Replaces what was known: a limit that is not among `uses` is forgotten.
  std::vector<LimitFacts> note(const std::vector<LimitUse>& uses, TimePoint now);

 private:
  struct Known {
    SpentState state;
    DiskTrend trend;  ///< of what is left
  };
  std::map<std::string, Known> known_;
};

}  // namespace unified::health
