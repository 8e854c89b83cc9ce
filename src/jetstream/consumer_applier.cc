#include "jetstream/consumer_applier.h"

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/problems.h"
#include "jetstream/server_releases.h"
#include "jetstream/stream_applier.h"

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
  std::vector<const ConsumerPlan*> consumers;
  std::vector<ConsumerCommand> commands;
  bool anything = false;
  for (const ConsumerPlan& consumer : plan.consumers) {
    if (consumer.request.is_null() || !has_stream(consumer.stream))
      continue;
    nlohmann::json& before = sent_[{consumer.stream, consumer.name}];
    if (before == consumer.request)
      continue;
    before = consumer.request;
    anything = true;
    const bool create = consumer.change == Change::kCreate;
    if (consumer.recreate) {
      recreate(consumer);
    } else if (!create || is_absent(consumer)) {
      consumers.push_back(&consumer);
      commands.push_back(command_for(consumer, create, consumer.request));
    }
  }
  send(consumers, commands);
  return anything;
}

void ConsumerApplier::send(const std::vector<const ConsumerPlan*>& consumers,
                           const std::vector<ConsumerCommand>& commands) {
  std::vector<const ConsumerPlan*> damaged;
  api_.send_all(commands, [&](std::size_t index, const ApiResult<ConsumerState>& answer) {
    const ConsumerPlan& consumer = *consumers[index];
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
  ConsumerCommand command = command_for(consumer, false, consumer.request);
  const bool bare = text_at(consumer.request, "description").empty();
  command.config["description"] = bare ? "." : "";
  if (const auto changed = api_.send(command); !changed) {
    failed(consumer, changed.error());
    return;
  }
  command.config = consumer.request;
  auto restored = api_.send(command);
  if (!restored)
    restored = api_.send(command);
  if (!restored)
    failed(consumer, restored.error());
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
