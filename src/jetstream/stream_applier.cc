#include "jetstream/stream_applier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/problems.h"
#include "jetstream/server_releases.h"
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

}  // namespace

std::string applied_fields(const std::vector<FieldChange>& fields, std::string_view but) {
  std::vector<std::string> names;
  for (const FieldChange& change : fields)
    if (change.applied && change.field != but &&
        std::ranges::find(names, change.field) == names.end())
      names.push_back(change.field);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool StreamApplier::apply(const Plan& plan, const StatesByName& states) {
  bool anything = false;
  for (const auto& wave : in_waves(plan)) {
    const bool sent = apply_wave(wave, states);
    anything = anything || sent;
  }
  return anything;
}

bool StreamApplier::apply_wave(const std::vector<const StreamPlan*>& wave,
                               const StatesByName& states) {
  std::vector<const StreamPlan*> unsent;
  for (const StreamPlan* stream : wave) {
    nlohmann::json& before = sent_[stream->name];
    if (before != stream->request)
      unsent.push_back(stream);
    before = stream->request;
  }
  // In small groups: what speaks against a creation is looked for right before it.
  constexpr std::size_t kAtOnce = 32;
  for (std::size_t first = 0; first < unsent.size() && !silent_; first += kAtOnce)
    send(std::span{unsent}.subspan(first, std::min(kAtOnce, unsent.size() - first)), states);
  return !unsent.empty();
}

void StreamApplier::send(std::span<const StreamPlan* const> streams, const StatesByName& states) {
  std::vector<const StreamPlan*> sent;
  std::vector<StreamCommand> commands;
  for (const StreamPlan* stream : streams) {
    const bool create = stream->change == Change::kCreate;
    if (create && is_in_the_way(stream->name, states))
      continue;
    sent.push_back(stream);
    commands.push_back({.create = create, .body = stream->request});
  }
  std::vector<std::pair<const StreamPlan*, ApiFailure>> failed;
  std::vector<StreamState> created;
  api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
    if (!answer) {
      failed.emplace_back(sent[index], answer.error());
    } else if (commands[index].create) {
      note_created(sent[index]->name);
      created.push_back(*answer);
    } else {
      note_update(*sent[index], {});
    }
    options_.tell_progress();
  });
  write_anew(created);
  // Each needs further questions, which can't be asked while answers come in.
  for (const auto& [stream, failure] : failed)
    if (stream->change == Change::kCreate)
      create_failed(*stream, failure, states);
    else
      update_failed(*stream, failure, states);
}

/// nats-server 2.9 keeps the empty meta.inf of a creation that was cut off when it creates the
/// stream after all, and does not find it at its next start; an update writes the file.
void StreamApplier::write_anew(const std::vector<StreamState>& created) {
  if (options_.version >= k210)
    return;
  std::vector<StreamCommand> commands;
  commands.reserve(created.size());
  for (const StreamState& stream : created)
    commands.push_back({.create = false, .body = stream.config});
  api_.send_all(commands, [&](std::size_t index, const ApiResult<StreamState>& answer) {
    if (!answer)
      report_.problems.push_back(problem_of(created[index].name, answer.error()));
    options_.tell_progress();
  });
}

/// What is there although the server does not list it, looked for right now: the list that the plan
/// was made from did not have it, and a CREATE of a stream that somebody made meanwhile does
/// nothing (same configuration) or is refused (10058).
bool StreamApplier::is_in_the_way(const std::string& name, const StatesByName& states) {
  const bool listed = states.contains(name);
  const auto evidence =
      options_.evidence && !listed ? options_.evidence(name, "") : std::optional<std::string>{};
  if (evidence)
    report_.problems.push_back(
        {name, fmt::format("cannot create stream {}: it is there already ({})", name, *evidence), 0,
         false});
  return evidence.has_value();
}

/// Whether it is proved that nothing of that name is there after all.
bool StreamApplier::is_absent(const std::string& name, const StatesByName& states) {
  const auto info = api_.info(name);
  if (info)
    return false;  // somebody was faster; the next round compares
  if (info.error().err_code != kStreamNotFound) {
    report_.problems.push_back(problem_of(name, info.error()));
    return false;
  }
  return !is_in_the_way(name, states);
}

/// 2.10 may fail once right after the account's last stream was deleted; the same code for a store
/// that can't be read leaves its folder behind, which is_absent() sees.
void StreamApplier::create_failed(const StreamPlan& stream,
                                  const ApiFailure& failure,
                                  const StatesByName& states) {
  if (failure.err_code != kStreamStoreFailed || !is_absent(stream.name, states)) {
    settle_failure(stream.name, failure);
    return;
  }
  const auto again = api_.create(stream.request);
  if (again)
    note_created(stream.name);
  else
    settle_failure(stream.name, again.error());
}

void StreamApplier::update_failed(const StreamPlan& stream,
                                  const ApiFailure& failure,
                                  const StatesByName& states) {
  const char* culprit = culprit_of(failure);
  const StreamState* state = find_state(states, stream.name);
  // A given plan is sent as it is, or not at all.
  if (culprit == nullptr || !options_.only_plan.empty()) {
    settle_failure(stream.name, failure);
    return;
  }
  report_.problems.push_back(problem_of(stream.name, failure));
  if (state != nullptr)
    update_but(culprit, stream, *state);
}

/// One field that can't be had must not keep the others out.
void StreamApplier::update_but(const char* culprit,
                               const StreamPlan& stream,
                               const StreamState& state) {
  if (applied_fields(stream.fields, culprit).empty())
    return;
  const auto again = api_.update(without(culprit, stream.request, state.config));
  if (again)
    note_update(stream, culprit);
  else
    settle_failure(stream.name, again.error());
}

void StreamApplier::settle_failure(const std::string& name, const ApiFailure& failure) {
  if (outcome_is_unknown(failure) && !silent_) {
    const auto info = api_.info(name);
    if (info)
      return;  // it exists; the next round compares
    silent_ = !info.error().answered;
  }
  report_.problems.push_back(problem_of(name, failure));
}

void StreamApplier::note_created(const std::string& name) {
  created_.insert(name);
  report_.done.push_back("created " + name);
  report_.created_streams.push_back("stream " + name);
}

void StreamApplier::note_update(const StreamPlan& stream, std::string_view but) {
  report_.done.push_back(
      fmt::format("updated {}: {}", stream.name, applied_fields(stream.fields, but)));
}

}  // namespace unified::jetstream
