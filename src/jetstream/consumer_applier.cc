#include "jetstream/consumer_applier.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/problems.h"
#include "jetstream/server_releases.h"
#include "jetstream/stream_applier.h"
#include "jetstream/unmeant_changes.h"

namespace unified::jetstream {
namespace {

ConsumerCommand command_for(const ConsumerPlan& consumer,
                            bool create,
                            const nlohmann::json& config) {
  return {.stream = consumer.stream, .name = consumer.name, .create = create, .config = config};
}

}  // namespace

bool ConsumerApplier::apply(const Plan& plan,
                            const std::function<bool(const std::string& stream)>& has_stream) {
  Consumers absent;
  Consumers there;
  for (const ConsumerPlan& consumer : plan.consumers)
    if (!consumer.request.is_null() && has_stream(consumer.stream) && !is_left_alone(consumer) &&
        is_new(consumer))
      (consumer.change == Change::kCreate ? absent : there).push_back(&consumer);
  create(absent);
  update(there);
  return !(absent.empty() && there.empty());
}

bool ConsumerApplier::is_left_alone(const ConsumerPlan& consumer) const {
  return options_.leave_alone && options_.leave_alone(consumer.stream).has_value();
}

bool ConsumerApplier::is_new(const ConsumerPlan& consumer) {
  nlohmann::json& before = sent_[{consumer.stream, consumer.name}];
  const bool is = before != consumer.request;
  before = consumer.request;
  return is;
}

void ConsumerApplier::create(const Consumers& consumers) {
  Consumers sent;
  std::vector<ConsumerCommand> commands;
  for (const ConsumerPlan* consumer : consumers)
    if (is_absent(*consumer)) {
      sent.push_back(consumer);
      commands.push_back(command_for(*consumer, true, consumer->request));
    }
  Consumers damaged;
  api_.send_all(commands, [&](std::size_t index, const ApiResult<ConsumerState>& answer) {
    const ConsumerPlan& consumer = *sent[index];
    if (answer)
      note_done(consumer);
    else
      failed(consumer, answer.error());
    if (answer && consumer.damaged)
      damaged.push_back(&consumer);
    options_.tell_progress();
  });
  for (const ConsumerPlan* consumer : damaged)
    write_anew(*consumer);
}

/// In small groups, so that little lies between the read and the update of each.
void ConsumerApplier::update(const Consumers& consumers) {
  constexpr std::size_t kAtOnce = 32;
  for (std::size_t first = 0; first < consumers.size(); first += kAtOnce) {
    const auto begin = consumers.begin() + static_cast<std::ptrdiff_t>(first);
    const std::size_t count = std::min(kAtOnce, consumers.size() - first);
    update_group({begin, begin + static_cast<std::ptrdiff_t>(count)});
  }
}

void ConsumerApplier::update_group(const Consumers& consumers) {
  const auto readable = read(consumers);
  const Plan fresh = replan_(readable);
  Consumers sent;
  std::vector<ConsumerCommand> commands;
  std::vector<nlohmann::json> as_read;
  std::vector<const ConsumerPlan*> recreated;
  for (const ConsumerPlan& now : fresh.consumers) {
    const auto then = std::ranges::find_if(consumers, [&](const ConsumerPlan* one) {
      return one->stream == now.stream && one->name == now.name;
    });
    const ConsumerState* state = find(now);
    if (now.request.is_null() || state == nullptr || then == consumers.end() ||
        !is_as_it_was_meant(now, **then))
      continue;
    if (now.recreate) {
      recreated.push_back(&now);
    } else {
      sent.push_back(&now);
      as_read.push_back(state->config);
      commands.push_back(command_for(now, false, now.request));
    }
  }
  std::vector<ConsumerState> answers(sent.size());
  api_.send_all(commands, [&](std::size_t index, const ApiResult<ConsumerState>& answer) {
    if (answer) {
      note_done(*sent[index]);
      answers[index] = *answer;
    } else {
      failed(*sent[index], answer.error());
    }
    options_.tell_progress();
  });
  for (std::size_t i = 0; i < sent.size(); ++i)
    if (!answers[i].name.empty())
      check(*sent[i], as_read[i], commands[i].config, answers[i]);
  for (const ConsumerPlan* consumer : recreated) {
    // Each anew: the ones before it took their time.
    const auto again = read({consumer});
    const Plan plan = replan_(again);
    if (!plan.consumers.empty() && plan.consumers.front().recreate &&
        is_as_it_was_meant(plan.consumers.front(), *consumer))
      recreate(plan.consumers.front());
  }
}

/// A given plan is carried out as it is, or not at all.
bool ConsumerApplier::is_as_it_was_meant(const ConsumerPlan& now, const ConsumerPlan& then) {
  const bool is = options_.only_plan.empty() || plan_hash({.streams = {}, .consumers = {now}}) ==
                                                    plan_hash({.streams = {}, .consumers = {then}});
  if (!is)
    report_.problems.push_back(
        {title_of(now),
         title_of(now) +
             " was changed by somebody else after the plan was made: it is left as it is",
         0, false});
  return is;
}

std::set<std::pair<std::string, std::string>> ConsumerApplier::read(const Consumers& consumers) {
  std::vector<ConsumerCommand> wanted;
  wanted.reserve(consumers.size());
  for (const ConsumerPlan* consumer : consumers)
    wanted.push_back(command_for(*consumer, false, nullptr));
  std::set<std::pair<std::string, std::string>> readable;
  api_.info_all(wanted, [&](std::size_t index, ApiResult<ConsumerState> answer) {
    if (answer) {
      readable.emplace(wanted[index].stream, wanted[index].name);
      learn(*std::move(answer));
    } else {
      failed(*consumers[index], answer.error());
    }
  });
  return readable;
}

void ConsumerApplier::learn(ConsumerState state) {
  const auto known = std::ranges::find_if(actual_.consumers, [&](const ConsumerState& one) {
    return one.stream == state.stream && one.name == state.name;
  });
  if (known != actual_.consumers.end())
    *known = std::move(state);
}

const ConsumerState* ConsumerApplier::find(const ConsumerPlan& consumer) const {
  const auto known = std::ranges::find_if(actual_.consumers, [&](const ConsumerState& one) {
    return one.stream == consumer.stream && one.name == consumer.name;
  });
  return known == actual_.consumers.end() ? nullptr : &*known;
}

/// nats-server has no advisory of a consumer that is changed: what it answers to the update is all
/// that shows whether somebody came between.
void ConsumerApplier::check(const ConsumerPlan& consumer,
                            const nlohmann::json& read,
                            const nlohmann::json& body,
                            const ConsumerState& answer) {
  std::vector<FieldChange> changes;
  for (const Field& field : consumer_fields()) {
    nlohmann::json from = consumer_value_in(field, read);
    nlohmann::json to = consumer_value_in(field, answer.config);
    const bool meant = !same_meaning(field, from, consumer_value_in(field, body));
    if (!meant && !same_meaning(field, from, to))
      changes.push_back({.field = std::string{field.name},
                         .change = Change::kSafe,
                         .from = std::move(from),
                         .to = std::move(to)});
  }
  if (!changes.empty())
    report_.warnings.push_back(
        fmt::format("{} is not as it was right before our update in what that did not mean: {}",
                    title_of(consumer), show_changes(changes)));
}

/// nats-server 2.9 makes an update of a creation when somebody was faster, and what is not declared
/// would go back to its default; later ones refuse it (10148).
bool ConsumerApplier::is_absent(const ConsumerPlan& consumer) {
  if (options_.version >= k210)
    return true;
  const auto info = api_.info(consumer.stream, consumer.name);
  if (info)
    return false;  // the next round compares
  if (info.error().err_code != kConsumerNotFound)
    failed(consumer, info.error());
  return info.error().err_code == kConsumerNotFound;
}

/// A creation over a damaged folder keeps the position but does not write what is broken, so that
/// the consumer would be gone again after the next start; an update that changes something does
/// (2.9 to 2.15).
void ConsumerApplier::write_anew(const ConsumerPlan& consumer) {
  const std::string meant = text_at(consumer.request, "description");
  if (const auto changed = describe_as(consumer, meant.empty() ? "." : ""); !changed) {
    failed(consumer, changed.error());
    return;
  }
  auto restored = describe_as(consumer, meant);
  if (!restored)
    restored = describe_as(consumer, meant);
  if (!restored)
    failed(consumer, restored.error());
}

/// Another description, and all else as it is right now.
ApiResult<ConsumerState> ConsumerApplier::describe_as(const ConsumerPlan& consumer,
                                                      const std::string& description) {
  const auto now = api_.info(consumer.stream, consumer.name);
  if (!now)
    return now.error();
  ConsumerCommand command = command_for(consumer, false, consumer_request(now->config));
  command.config["durable_name"] = consumer.name;
  command.config["description"] = description;
  return api_.send(command);
}

/// One after the other, so that at most one consumer is missing should we end here; what is missing
/// is created by the next plan. A creation that is refused goes back to what there was.
void ConsumerApplier::recreate(const ConsumerPlan& consumer) {
  const auto removed = api_.remove(consumer.stream, consumer.name);
  if (!removed && removed.error().answered && removed.error().err_code != kConsumerNotFound) {
    failed(consumer, removed.error());
    return;
  }
  const auto created = api_.send(command_for(consumer, true, consumer.request));
  if (created) {
    report_.done.push_back("deleted " + title_of(consumer));
    note_done(consumer);
    return;
  }
  failed(consumer, created.error());
  if (!created.error().answered)
    return;
  if (const auto back = api_.send(command_for(consumer, true, consumer.before)); !back)
    failed(consumer, back.error());
}

void ConsumerApplier::note_done(const ConsumerPlan& consumer) {
  if (consumer.change == Change::kCreate && !consumer.damaged)
    report_.created_consumers.push_back(title_of(consumer));
  if (consumer.change == Change::kCreate || consumer.recreate)
    report_.done.push_back("created " + title_of(consumer));
  else
    report_.done.push_back(
        fmt::format("updated {}: {}", title_of(consumer), applied_fields(consumer.fields)));
}

/// Somebody was faster, or the answer was lost: the next round compares, and tells if that was not
/// all.
void ConsumerApplier::failed(const ConsumerPlan& consumer, const ApiFailure& failure) {
  const bool raced =
      failure.err_code == kConsumerExists || failure.err_code == kConsumerAlreadyExists;
  if (!raced)
    report_.problems.push_back(problem_of(title_of(consumer), failure));
}

}  // namespace unified::jetstream
