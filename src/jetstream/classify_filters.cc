// What another filter does to the messages that wait for a consumer.
#include "jetstream/classify_filters.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/subjects.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

using Subjects = std::vector<std::string>;

/// Without a filter: everything.
Subjects patterns(const nlohmann::json& filters) {
  return filters.empty() ? Subjects{">"} : filters.get<Subjects>();
}

bool overlap(const Subjects& some, const Subjects& others) {
  return std::ranges::any_of(some, [&](const std::string& one) {
    return std::ranges::any_of(
        others, [&](const std::string& other) { return subjects_overlap(one, other); });
  });
}

std::string retention_of(const StreamState* stream) {
  // Of a stream that nobody knows the worst is to be expected.
  return stream == nullptr ? "interest"
                           : value_in(*find_field("retention"), stream->config).get<std::string>();
}

/// What the stream can hold, when all of it comes through its subjects.
Subjects subjects_in(const StreamState* stream) {
  if (stream == nullptr)
    return {">"};
  const bool has_other_origins = stream->config.contains("mirror") ||
                                 stream->config.contains("sources") ||
                                 stream->config.contains("subject_transform");
  Subjects subjects = subjects_of(stream->config);
  return has_other_origins || subjects.empty() ? Subjects{">"} : subjects;
}

bool takes_all(const Subjects& patterns, const Subjects& subjects) {
  return std::ranges::all_of(subjects, [&](const std::string& subject) {
    return std::ranges::any_of(
        patterns, [&](const std::string& pattern) { return subject_covers(pattern, subject); });
  });
}

}  // namespace

std::optional<std::string> filter_clash(const ConsumerContext& context) {
  if (context.stream == nullptr || retention_of(context.stream) != "workqueue")
    return std::nullopt;
  const Subjects wanted = patterns(context.to);
  const Field& filters = *find_consumer_field("filter_subjects");
  for (const ConsumerState& sibling : context.siblings)
    if (sibling.name != context.state.name &&
        overlap(wanted, patterns(consumer_value_in(filters, sibling.config))))
      return fmt::format(
          "in a work queue every message belongs to one consumer, and consumer {} "
          "takes some of these (10100); change that one first",
          sibling.name);
  // The server takes it, and does not load the consumer at its next start (10099).
  if (context.to.empty() && context.stream->consumers > 1)
    return "in a work queue with several consumers each needs a filter (10099)";
  return std::nullopt;
}

std::optional<std::string> dropped_by_filters(const ConsumerContext& context) {
  const std::string retention = retention_of(context.stream);
  if (retention == "limits")
    return std::nullopt;
  const Subjects wanted = patterns(context.to);
  const Subjects before =
      context.from.empty() ? subjects_in(context.stream) : patterns(context.from);
  if (takes_all(wanted, before))
    return std::nullopt;
  if (retention == "interest" && context.version >= k210)
    return "the server drops at once what no consumer of the interest stream waits for any more";
  return "what no filter matches any more stays stored and is delivered to nobody";
}

}  // namespace unified::jetstream
