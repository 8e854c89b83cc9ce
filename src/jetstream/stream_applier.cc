#include "jetstream/stream_applier.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/problems.h"
#include "jetstream/server_releases.h"
#include "jetstream/unmeant_changes.h"
#include "jetstream/update_check.h"
#include "jetstream/waves.h"

namespace unified::jetstream {
namespace {

/// The field that a server refuses a whole update for although the plan can't know it: too much
/// reserved elsewhere, or consumers beyond the new limits.
const char* culprit_of(const ApiFailure& failure) {
  switch (failure.err_code) {
    case kInsufficientMemory:
    case kInsufficientStorage:
      return "max_bytes";
    case kLimitsViolateConsumers:
      return "consumer_limits";
    default:
      return nullptr;
  }
}

/// The update with this field as the server has it now.
nlohmann::json without(const char* field, nlohmann::json request, const nlohmann::json& actual) {
  if (actual.contains(field))
    request[field] = actual[field];
  else
    request.erase(field);
  return request;
}

const StreamPlan* find_plan(const Plan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.streams, name, &StreamPlan::name);
  return found == plan.streams.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(std::span<const StreamPlan* const> streams) {
  std::vector<std::string> names;
  names.reserve(streams.size());
  for (const StreamPlan* stream : streams)
    names.push_back(stream->name);
  return names;
}

/// In small groups: what speaks against a change is looked for right before it.
constexpr std::size_t kAtOnce = 32;

template <typename Send>
void in_groups(const std::vector<const StreamPlan*>& streams, const Send& send) {
  for (std::size_t first = 0; first < streams.size(); first += kAtOnce)
    send(std::span{streams}.subspan(first, std::min(kAtOnce, streams.size() - first)));
}

}  // namespace

std::string applied_fields(const std::vector<FieldChange>& fields) {
  std::vector<std::string> names;
  for (const FieldChange& change : fields)
    if (change.applied && std::ranges::find(names, change.field) == names.end())
      names.push_back(change.field);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string updated_line(const std::string& stream, const std::vector<FieldChange>& fields) {
  return fmt::format("updated {}: {}", stream, applied_fields(fields));
}

bool StreamApplier::apply(const Plan& plan, const std::vector<SubjectMove>& moves) {
  anything_ = false;
  moves_ = moves;
  movers_.clear();
  for (const SubjectMove& move : moves)
    movers_.insert({move.giver, move.taker});
  for (const auto& wave : in_waves(plan)) {
    Streams absent;
    Streams there;
    std::ranges::partition_copy(
        wave, std::back_inserter(absent), std::back_inserter(there),
        [](const StreamPlan* stream) { return stream->change == Change::kCreate; });
    in_groups(absent, [&](const auto& group) { create(group); });
    in_groups(there, [&](const auto& group) { update(group); });
  }
  return anything_;
}

/// What is sent for a stream before its subjects move: all but that. Null: nothing.
nlohmann::json StreamApplier::body_of(const StreamPlan& stream) const {
  if (stream.request.is_null() || !movers_.contains(stream.name))
    return stream.request;
  const StreamState* state = streams_.find(stream.name);
  std::vector<std::string> subjects;
  if (state != nullptr)
    subjects = subjects_of(state->config);
  const bool takes = std::ranges::any_of(
      moves_, [&](const SubjectMove& move) { return move.taker == stream.name; });
  if (state == nullptr)
    for (const std::string& subject : subjects_of(stream.request))
      if (std::ranges::none_of(moves_, [&](const SubjectMove& move) {
            return move.taker == stream.name && move.taken == subject;
          }))
        subjects.push_back(subject);
  const std::string placeholder = placeholder_for(stream.name, moves_);
  if (takes && std::ranges::find(subjects, placeholder) == subjects.end()) {
    std::erase_if(subjects, is_placeholder);
    subjects.push_back(placeholder);
  }
  nlohmann::json body = stream.request;
  if (subjects.empty())
    body.erase("subjects");
  else
    body["subjects"] = subjects;
  return state != nullptr && body == state->config ? nlohmann::json{} : body;
}

bool StreamApplier::is_new(const std::string& name, const nlohmann::json& body) {
  nlohmann::json& before = sent_[name];
  const bool is = before != body;
  before = body;
  anything_ = anything_ || is;
  return is;
}

void StreamApplier::create(std::span<const StreamPlan* const> streams) {
  Streams sent;
  std::vector<StreamCommand> commands;
  for (const StreamPlan* stream : streams) {
    nlohmann::json body = body_of(*stream);
    if (silent_ || is_left_alone(stream->name) || !is_new(stream->name, body) ||
        is_in_the_way(stream->name))
      continue;
    sent.push_back(stream);
    commands.push_back({.create = true, .body = std::move(body)});
  }
  std::vector<std::pair<const StreamPlan*, ApiFailure>> failed;
  std::vector<std::string> created;
  std::vector<std::string> changed_next;
  for (const StreamPlan* stream : sent)
    if (options_.version < k210 || movers_.contains(stream->name))
      changed_next.push_back(stream->name);
  streams_.expect_creation(changed_next);
  api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
    if (answer) {
      note_created(*sent[index], *answer);
      if (!movers_.contains(answer->name))
        created.push_back(answer->name);
    } else {
      failed.emplace_back(sent[index], answer.error());
    }
    options_.tell_progress();
  });
  std::erase_if(changed_next, [&](const std::string& name) { return !has_created(name); });
  streams_.await_creation(changed_next);
  write_anew(created);
  // Each needs further questions, which can't be asked while answers come in.
  for (const auto& [stream, failure] : failed)
    create_failed(*stream, failure);
}

/// Each stream is read, planned again and, if nobody has changed it since, updated.
void StreamApplier::update(std::span<const StreamPlan* const> streams) {
  constexpr int kMostReads = 5;
  std::vector<std::string> names = names_of(streams);
  for (int reads = 0; reads < kMostReads && !names.empty() && !silent_; ++reads) {
    for (const auto& [name, failure] : streams_.read(names)) {
      std::erase(names, name);
      settle_failure(name, failure);
    }
    std::set<std::string> together{names.begin(), names.end()};
    together.insert(movers_.begin(), movers_.end());
    const Plan fresh = replan_(together);
    std::vector<std::string> again;
    Streams ready;
    std::vector<StreamCommand> commands;
    for (const StreamPlan* then : streams) {
      const StreamPlan* now = find_plan(fresh, then->name);
      if (now == nullptr || std::ranges::find(names, then->name) == names.end() ||
          !is_as_it_was_meant(*now, *then))
        continue;
      nlohmann::json body = body_of(*now);
      if (body.is_null())
        continue;
      if (streams_.has_changed(now->name)) {
        again.push_back(now->name);
      } else if (is_new(now->name, body)) {
        ready.push_back(now);
        commands.push_back({.create = false, .body = std::move(body)});
      }
    }
    send_updates(ready, commands);
    names = std::move(again);
  }
  for (const std::string& name : names)
    report_.problems.push_back(
        {name, fmt::format("stream {} is changed by somebody else all the time: not updated", name),
         0, true});
}

/// A given plan is carried out as it is, or not at all.
bool StreamApplier::is_as_it_was_meant(const StreamPlan& now, const StreamPlan& then) {
  const bool is = options_.only_plan.empty() || plan_hash({.streams = {now}, .consumers = {}}) ==
                                                    plan_hash({.streams = {then}, .consumers = {}});
  if (!is)
    report_.problems.push_back(
        {now.name,
         fmt::format("stream {} was changed by somebody else after the plan was made: not updated",
                     now.name),
         0, false});
  return is;
}

void StreamApplier::send_updates(const Streams& streams,
                                 const std::vector<StreamCommand>& commands) {
  UpdateCheck check{api_, streams_, report_};
  for (std::size_t i = 0; i < streams.size(); ++i)
    check.before(*streams_.find(streams[i]->name), commands[i].body);
  std::vector<std::pair<const StreamPlan*, ApiFailure>> failed;
  api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
    if (answer) {
      note_update(*streams[index], *answer);
      check.after(*answer);
    } else {
      failed.emplace_back(streams[index], answer.error());
    }
    options_.tell_progress();
  });
  check.finish();
  for (const auto& [stream, failure] : failed)
    update_failed(*stream, failure);
}

/// nats-server 2.9 keeps the empty meta.inf of a creation that was cut off when it creates the
/// stream after all, and does not find it at its next start; an update writes the file, also one
/// that changes nothing.
void StreamApplier::write_anew(const std::vector<std::string>& created) {
  if (options_.version >= k210 || created.empty())
    return;
  for (const auto& [name, failure] : streams_.read(created))
    report_.problems.push_back(problem_of(name, failure));
  std::vector<StreamCommand> commands;
  for (const std::string& name : created)
    if (const StreamState* state = streams_.find(name); state != nullptr)
      commands.push_back({.create = false, .body = state->config});
  UpdateCheck check{api_, streams_, report_};
  for (const StreamCommand& command : commands)
    check.before(*streams_.find(command.body["name"]), command.body);
  api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
    if (answer)
      check.after(*answer);
    else
      report_.problems.push_back(problem_of(commands[index].body["name"], answer.error()));
    options_.tell_progress();
  });
  check.finish();
}

/// Somebody may have begun to restore it, or have paused it, since the plan was made.
bool StreamApplier::is_left_alone(const std::string& name) {
  const auto why = options_.leave_alone ? options_.leave_alone(name) : std::nullopt;
  if (why)
    report_.problems.push_back(
        {name, fmt::format("stream {} was left alone: it {}", name, *why), 0, true});
  return why.has_value();
}

/// What is there although the server does not list it, looked for right now: the list that the plan
/// was made from did not have it, and a CREATE of a stream that somebody made meanwhile does
/// nothing (same configuration) or is refused (10058).
bool StreamApplier::is_in_the_way(const std::string& name) {
  const bool listed = streams_.find(name) != nullptr;
  const auto evidence =
      options_.evidence && !listed ? options_.evidence(name, "") : std::optional<std::string>{};
  if (evidence)
    report_.problems.push_back(
        {name,
         evidence->starts_with(kHeldBack)
             ? fmt::format("cannot create stream {}: {}", name, *evidence)
             : fmt::format("cannot create stream {}: it is there already ({})", name, *evidence),
         0, false});
  return evidence.has_value();
}

/// Whether it is proved that nothing of that name is there after all.
bool StreamApplier::is_absent(const std::string& name) {
  const auto info = api_.info(name);
  if (info)
    return false;  // somebody was faster; the next round compares
  if (info.error().err_code != kStreamNotFound) {
    report_.problems.push_back(problem_of(name, info.error()));
    return false;
  }
  return !is_in_the_way(name);
}

/// 2.10 may fail once right after the account's last stream was deleted; the same code for a store
/// that can't be read leaves its folder behind, which is_absent() sees.
void StreamApplier::create_failed(const StreamPlan& stream, const ApiFailure& failure) {
  if (failure.err_code != kStreamStoreFailed || !is_absent(stream.name)) {
    settle_failure(stream.name, failure);
    return;
  }
  const auto again = api_.create(body_of(stream));
  if (again)
    note_created(stream, *again);
  else
    settle_failure(stream.name, again.error());
}

void StreamApplier::update_failed(const StreamPlan& stream, const ApiFailure& failure) {
  const char* culprit = culprit_of(failure);
  // A given plan is sent as it is, or not at all.
  if (culprit == nullptr || !options_.only_plan.empty()) {
    settle_failure(stream.name, failure);
    return;
  }
  report_.problems.push_back(problem_of(stream.name, failure));
  update_but(culprit, stream);
}

/// One field that can't be had must not keep the others out.
void StreamApplier::update_but(const char* culprit, const StreamPlan& stream) {
  StreamPlan rest = stream;
  std::erase_if(rest.fields,
                [&](const FieldChange& change) { return change.field == std::string{culprit}; });
  if (applied_fields(rest.fields).empty())
    return;
  const auto failures = streams_.read({stream.name});
  const StreamState* state = streams_.find(stream.name);
  if (!failures.empty() || state == nullptr)
    return;  // the next round compares
  std::set<std::string> together = movers_;
  together.insert(stream.name);
  const Plan fresh = replan_(together);
  const StreamPlan* now = find_plan(fresh, stream.name);
  nlohmann::json body = now == nullptr ? nlohmann::json{} : body_of(*now);
  if (body.is_null() || streams_.has_changed(stream.name))
    return;
  body = without(culprit, std::move(body), state->config);
  if (body == state->config)
    return;
  UpdateCheck check{api_, streams_, report_};
  check.before(*state, body);
  const auto again = api_.update(body);
  if (!again) {
    settle_failure(stream.name, again.error());
    return;
  }
  note_update(rest, *again);
  check.after(*again);
  check.finish();
}

void StreamApplier::settle_failure(const std::string& name, const ApiFailure& failure) {
  if (failure.answered)
    actual_.refused[name] = failure.message;
  if (outcome_is_unknown(failure) && !silent_) {
    auto info = api_.info(name);
    if (info) {
      actual_.refused.erase(name);
      return;  // it exists; the next round compares
    }
    silent_ = !info.error().answered;
  }
  report_.problems.push_back(problem_of(name, failure));
}

void StreamApplier::note_created(const StreamPlan& stream, const StreamState& answer) {
  created_.insert(stream.name);
  report_.done.push_back("created " + stream.name);
  report_.created_streams.push_back("stream " + stream.name);
  streams_.learn(answer);
}

/// Done is what the server's answer shows.
void StreamApplier::note_update(const StreamPlan& stream, const StreamState& answer) {
  const std::set<std::string> undone = fields_between(answer.config, stream.request);
  const auto is_done = [&](const FieldChange& change) {
    return change.applied && !undone.contains(change.field);
  };
  std::vector<FieldChange> done;
  std::ranges::copy_if(stream.fields, std::back_inserter(done), is_done);
  if (done.empty())
    return;
  report_.done.push_back(updated_line(stream.name, done));
  report_.updates.push_back({stream.name, std::move(done), report_.done.back()});
}

}  // namespace unified::jetstream
