#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/bound.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// A subject that one stream gives up in a plan and another one begins to capture (in whole or in
/// part: the two only overlap).
struct SubjectMove {
  std::string giver;
  std::string taker;
  std::string given;
  std::string taken;
  bool operator==(const SubjectMove&) const = default;
};

/// Of a plan that was made from `states`. Pure.
std::vector<SubjectMove> subject_moves(const Plan& plan, const StatesByName& states);

/// What a taker captures beside its own subjects from before anything is taken for it until it has
/// what it shall have: a server that takes this has found nothing else wrong with the stream, and
/// whoever finds it after a crash knows who gave:
/// "unified-moving.TAKER.GIVER[.GIVER…]". Nobody publishes to it.
std::string placeholder_for(const std::string& taker, const std::vector<SubjectMove>& moves);
bool is_placeholder(std::string_view subject);
/// The givers that the placeholder among these subjects names; empty: there is none.
std::vector<std::string> givers_named_in(const std::vector<std::string>& subjects);

/// One stream's subjects, to be sent as an update that changes nothing else.
struct MoveStep {
  std::string stream;
  std::vector<std::string> subjects;
  bool operator==(const MoveStep&) const = default;
};

/// The updates that make the moves, to be sent one right after the other: a stream takes at once
/// after the last one that it takes from has given. Streams that swap give first and take in a
/// further step. Pure.
std::vector<MoveStep> steps_of(const std::vector<SubjectMove>& moves,
                               const Plan& plan,
                               const StatesByName& states);

}  // namespace unified::jetstream
