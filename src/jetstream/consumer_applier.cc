#include "jetstream/consumer_applier.h"

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/problems.h"
#include "jetstream/stream_applier.h"

namespace unified::jetstream {

bool ConsumerApplier::apply(const Plan& plan,
                            const std::function<bool(const std::string& stream)>& has_stream) {
  std::vector<const ConsumerPlan*> consumers;
  std::vector<ConsumerCommand> commands;
  for (const ConsumerPlan& consumer : plan.consumers) {
    if (consumer.request.is_null() || !has_stream(consumer.stream))
      continue;
    nlohmann::json& before = sent_[{consumer.stream, consumer.name}];
    if (before == consumer.request)
      continue;
    before = consumer.request;
    const bool create = consumer.change == Change::kCreate;
    if (consumer.recreate && !remove(consumer))
      continue;
    consumers.push_back(&consumer);
    commands.push_back({.stream = consumer.stream,
                        .name = consumer.name,
                        .create = create || consumer.recreate,
                        .config = consumer.request});
  }
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
  return !commands.empty();
}

/// A creation over a damaged folder keeps the position but does not write what is broken, so that
/// the consumer would be gone again after the next start; an update that changes something does
/// (2.9 to 2.15).
void ConsumerApplier::write_anew(const ConsumerPlan& consumer) {
  ConsumerCommand command{.stream = consumer.stream,
                          .name = consumer.name,
                          .create = false,
                          .config = consumer.request};
  const bool bare = text_at(consumer.request, "description").empty();
  command.config["description"] = bare ? "." : "";
  auto answer = api_.send(command);
  if (answer) {
    command.config = consumer.request;
    answer = api_.send(command);
  }
  if (!answer)
    failed(consumer, answer.error());
}

/// Should the creation fail afterwards, the consumer is absent, and the next plan creates it.
bool ConsumerApplier::remove(const ConsumerPlan& consumer) {
  const auto removed = api_.remove(consumer.stream, consumer.name);
  if (removed || removed.error().err_code == kConsumerNotFound) {
    report_.done.push_back("deleted " + title_of(consumer));
    return true;
  }
  failed(consumer, removed.error());
  return false;
}

void ConsumerApplier::note_done(const ConsumerPlan& consumer) {
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
