#include "jetstream/subject_mover.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/subjects.h"
#include "jetstream/problems.h"
#include "jetstream/update_check.h"

namespace unified::jetstream {
namespace {

/// Streams whose moves depend on each other.
std::vector<std::set<std::string>> groups_of(const std::vector<SubjectMove>& moves) {
  std::vector<std::set<std::string>> groups;
  for (const SubjectMove& move : moves) {
    std::set<std::string> joined{move.giver, move.taker};
    std::erase_if(groups, [&](const std::set<std::string>& group) {
      const bool meets = group.contains(move.giver) || group.contains(move.taker);
      if (meets)
        joined.insert(group.begin(), group.end());
      return meets;
    });
    groups.push_back(std::move(joined));
  }
  return groups;
}

std::set<std::string> names_of(const std::vector<MoveStep>& steps) {
  std::set<std::string> names;
  for (const MoveStep& step : steps)
    names.insert(step.stream);
  return names;
}

}  // namespace

void SubjectMover::make(const Moves& moves) {
  for (const std::set<std::string>& group : groups_of(moves)) {
    Moves meant;
    std::ranges::copy_if(moves, std::back_inserter(meant),
                         [&](const SubjectMove& move) { return group.contains(move.giver); });
    make_together(group, meant);
  }
}

void SubjectMover::make_together(const std::set<std::string>& streams, const Moves& meant) {
  constexpr int kMostReads = 5;
  for (int reads = 0; reads < kMostReads; ++reads) {
    if (!read(streams))
      return;
    const Plan plan = replan_(streams);
    const Moves moves = subject_moves(plan, states_by_name(actual_.streams));
    if (moves.empty())
      return;
    if (!options_.only_plan.empty() && moves != meant) {
      tell(meant.front().giver,
           fmt::format("{} stays with stream {}: the streams were changed after the plan was made",
                       meant.front().given, meant.front().giver),
           false);
      return;
    }
    const bool is_calm = std::ranges::none_of(
        streams, [&](const std::string& name) { return streams_.has_changed(name); });
    if (is_calm) {
      send(plan, moves);
      return;
    }
  }
  tell(meant.front().giver,
       fmt::format("{} stays with stream {}: the streams are changed by somebody else all the time",
                   meant.front().given, meant.front().giver),
       true);
}

/// False: nothing is taken from anybody.
bool SubjectMover::read(const std::set<std::string>& streams) {
  std::vector<std::string> there;
  for (const std::string& name : streams)
    if (streams_.find(name) != nullptr || !actual_.refused.contains(name))
      there.push_back(name);
  const auto failures = streams_.read(there);
  for (const auto& [name, failure] : failures)
    report_.problems.push_back(problem_of(name, failure));
  return failures.empty();
}

void SubjectMover::send(const Plan& plan, const Moves& moves) {
  const auto steps = steps_of(moves, plan, states_by_name(actual_.streams));
  UpdateCheck check{api_, streams_, report_};
  std::vector<StreamCommand> commands;
  for (const MoveStep& step : steps) {
    const StreamState& state = *streams_.find(step.stream);
    nlohmann::json body = state.config;
    body["subjects"] = step.subjects;
    check.before(state, body);
    commands.push_back({.create = false, .body = std::move(body)});
  }
  std::map<std::string, ApiFailure> failed;
  const auto take_answer = [&](const std::string& name, const ApiResult<StreamState>& answer) {
    if (answer)
      check.after(*answer);
    else
      failed.insert_or_assign(name, answer.error());
    options_.tell_progress();
  };
  // The nodes of a cluster may change the order of what is under way together.
  if (options_.clustered)
    for (const StreamCommand& command : commands)
      take_answer(command.body["name"], api_.update(command.body));
  else
    api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
      take_answer(steps[index].stream, answer);
    });
  // nats-server 2.15 may carry out what is under way together in another order: once more where a
  // subject was not free yet.
  for (const StreamCommand& command : commands) {
    const std::string name = command.body["name"];
    const auto early = failed.find(name);
    if (early == failed.end() || early->second.err_code != kSubjectsOverlap)
      continue;
    failed.erase(early);
    take_answer(name, api_.update(command.body));
  }
  check.finish();
  for (const auto& [name, failure] : failed)
    report_.problems.push_back(problem_of(name, failure));
  if (!failed.empty() && !read(names_of(steps)))
    return;  // nobody knows; the next round compares
  for (const SubjectMove& move : moves) {
    const auto failure = failed.find(move.taker);
    if (captures(move.taker, move.taken))
      note(move);
    else
      give_back(move, failure == failed.end() ? nullptr : &failure->second);
  }
}

void SubjectMover::note(const SubjectMove& move) {
  const std::string line =
      fmt::format("moved {} from {} to {}", move.taken, move.giver, move.taker);
  if (std::ranges::find(report_.done, line) == report_.done.end())
    report_.done.push_back(line);
}

/// The stream that should have it can't have it: nothing is left that nobody stores.
void SubjectMover::give_back(const SubjectMove& move, const ApiFailure* failure) {
  const std::string why = failure == nullptr ? "somebody else changed it" : failure->message;
  // What was not answered is tried once more in the next round.
  if (failure != nullptr && failure->answered)
    actual_.refused[move.taker] = why;
  if (captures(move.giver, move.taken))
    return;  // it was not taken, or it is back
  const auto failures = streams_.read({move.giver});
  const StreamState* giver = streams_.find(move.giver);
  if (!failures.empty() || giver == nullptr) {
    tell(move.taker,
         fmt::format("stream {} can't take {} ({}), and stream {} can't have it back: it is not "
                     "there",
                     move.taker, move.taken, why, move.giver),
         true);
    return;
  }
  const std::string subject = subject_to_give_back(move);
  nlohmann::json body = giver->config;
  std::vector<std::string> subjects = subjects_of(body);
  std::erase_if(subjects, [&](const std::string& one) {
    return is_placeholder(one) || subject_covers(subject, one);
  });
  subjects.push_back(subject);
  body["subjects"] = subjects;
  UpdateCheck check{api_, streams_, report_};
  check.before(*giver, body);
  const auto back = api_.update(body);
  if (back) {
    check.after(*back);
    check.finish();
    tell(move.taker,
         fmt::format("stream {} can't take {} ({}): stream {} has it back", move.taker, subject,
                     why, move.giver),
         false);
    return;
  }
  const std::string rival = rival_of(move.taken);
  tell(move.taker,
       fmt::format("stream {} can't take {} ({}), and stream {} can't have it back: {}{}",
                   move.taker, move.taken, why, move.giver, back.error().message,
                   rival.empty() ? "" : "; stream " + rival + " captures some of it"),
       true);
}

/// All that was given if nobody has any of it, else what this one should have taken.
std::string SubjectMover::subject_to_give_back(const SubjectMove& move) const {
  const bool all = rival_of(move.given).empty() || !subject_covers(move.given, move.taken);
  return all ? move.given : move.taken;
}

bool SubjectMover::captures(const std::string& stream, const std::string& subject) const {
  const StreamState* state = streams_.find(stream);
  return state != nullptr && std::ranges::any_of(subjects_of(state->config), [&](const auto& one) {
           return subject_covers(one, subject);
         });
}

/// A stream that captures some of the subject; empty: there is none.
std::string SubjectMover::rival_of(const std::string& subject) const {
  for (const StreamState& state : actual_.streams)
    for (const std::string& one : subjects_of(state.config))
      if (subjects_overlap(one, subject))
        return state.name;
  return {};
}

void SubjectMover::tell(const std::string& stream, std::string message, bool transient) {
  report_.problems.push_back({stream, std::move(message), 0, transient});
}

void SubjectMover::give_back_what_is_orphaned(const Plan& plan) {
  for (const StreamPlan& stream : plan.streams) {
    const auto refused = actual_.refused.find(stream.name);
    const StreamState* state = streams_.find(stream.name);
    if (refused == actual_.refused.end() || state == nullptr)
      continue;
    const auto givers = givers_named_in(subjects_of(state->config));
    const auto giver = std::ranges::find_if(
        givers, [&](const std::string& name) { return streams_.find(name) != nullptr; });
    if (giver == givers.end())
      continue;
    if (const auto why = options_.leave_alone ? options_.leave_alone(*giver) : std::nullopt) {
      tell(stream.name,
           fmt::format("stream {} can't take its subjects, and stream {}, which had them, {}",
                       stream.name, *giver, *why),
           true);
      continue;
    }
    const ApiFailure failure{.message = refused->second};
    for (const std::string& subject : stream.declared_subjects)
      if (rival_of(subject).empty())
        give_back({*giver, stream.name, subject, subject}, &failure);
  }
}

}  // namespace unified::jetstream
