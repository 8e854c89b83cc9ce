#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

Json of_consumer(const ConsumerSpec& spec, std::string_view field) {
  return value_in(*find_consumer_field(field), spec.config);
}

Json of_stream(const StreamSpec& spec, std::string_view field) {
  return value_in(*find_field(field), spec.config);
}

std::vector<std::string> filters_of(const ConsumerSpec& spec) {
  return of_consumer(spec, "filter_subjects").get<std::vector<std::string>>();
}

/// The declared consumers of one stream, with the stream if it is declared.
class StreamOfConsumers {
 public:
  StreamOfConsumers(const StreamSpec* stream, std::vector<ConsumerProblem>& problems)
      : stream_(stream),
        problems_(problems) {
    if (stream != nullptr)
      for (const std::string& subject : subjects_of(stream->config))
        subjects_.add(subject, 0);
  }

  void add(const ConsumerSpec& spec) {
    const auto [same, is_new] = by_name_.emplace(spec.name, &spec);
    if (!is_new) {
      problem(spec, fmt::format("is declared twice (first at {})", same->second->origin));
      return;
    }
    consumers_.push_back(&spec);
    if (stream_ == nullptr)
      return;
    check_filters(spec);
    check_cycle(spec);
    check_limits(spec);
    if (of_stream(*stream_, "retention") == "workqueue")
      check_work(spec);
  }

 private:
  void problem(const ConsumerSpec& spec, const std::string& what) {
    problems_.push_back({.consumer = &spec, .what = what});
  }

  /// What is stored is known only when all of it is published to the stream's own subjects.
  [[nodiscard]] bool knows_subjects() const {
    return of_stream(*stream_, "mirror").empty() && of_stream(*stream_, "sources").empty() &&
           of_stream(*stream_, "subject_transform").empty();
  }

  void check_filters(const ConsumerSpec& spec) {
    if (!knows_subjects())
      return;
    for (const std::string& filter : filters_of(spec))
      if (subjects_.find_overlap(filter) == nullptr) {
        problem(spec, fmt::format("filter {} matches no subject of the stream ({})", shown(filter),
                                  stream_->origin));
        return;  // one says it
      }
  }

  void check_cycle(const ConsumerSpec& spec) {
    const auto target = of_consumer(spec, "deliver_subject").get<std::string>();
    const auto* captured = target.empty() ? nullptr : subjects_.find_overlap(target);
    if (captured != nullptr)
      problem(spec, fmt::format("deliver_subject {} is captured by the stream ({}), a cycle",
                                shown(target), shown(captured->subject)));
  }

  void check_limits(const ConsumerSpec& spec) {
    const auto most = of_stream(*stream_, "max_consumers").get<std::int64_t>();
    if (most > 0 && std::cmp_equal(consumers_.size(), most + 1))
      problem(spec, fmt::format("one more than max_consumers {} of the stream ({})", most,
                                stream_->origin));
    const auto replicas = of_consumer(spec, "num_replicas").get<std::int64_t>();
    if (stream_->config.contains("num_replicas") && replicas > of_stream(*stream_, "num_replicas"))
      problem(spec, fmt::format("num_replicas {} is more than the stream has ({})", replicas,
                                stream_->origin));
  }

  /// Every message of a work queue goes to exactly one consumer.
  void check_work(const ConsumerSpec& spec) {
    if (spec.config.contains("ack_policy") && of_consumer(spec, "ack_policy") != "explicit")
      problem(spec, "a work queue needs ack_policy: explicit");
    if (of_consumer(spec, "deliver_policy") != "all")
      problem(spec, "a work queue needs deliver_policy: all");
    auto filters = filters_of(spec);
    if (filters.empty())
      filters.emplace_back(">");
    const SubjectIndex::Entry* other = nullptr;
    for (const std::string& filter : filters)
      if (other = taken_.find_overlap(filter); other != nullptr)
        break;
    if (other != nullptr) {
      const ConsumerSpec& first = *consumers_[other->owner];
      problem(spec, fmt::format("in a work queue its messages are those of consumer {} too ({})",
                                first.name, first.origin));
    }
    for (const std::string& filter : filters)
      taken_.add(filter, consumers_.size() - 1);
  }

  const StreamSpec* stream_;
  std::vector<ConsumerProblem>& problems_;
  std::map<std::string_view, const ConsumerSpec*> by_name_;
  std::vector<const ConsumerSpec*> consumers_;
  SubjectIndex subjects_;  ///< of the stream
  SubjectIndex taken_;     ///< in a work queue, by its consumers
};

}  // namespace

std::vector<ConsumerProblem> consumer_set_findings(const Declarations& declared) {
  std::vector<ConsumerProblem> problems;
  if (declared.consumers.empty())
    return problems;
  std::map<std::string_view, StreamOfConsumers> streams;
  for (const StreamSpec& stream : declared.streams)
    streams.try_emplace(stream.name, &stream, problems);
  for (const ConsumerSpec& consumer : declared.consumers)
    streams.try_emplace(consumer.stream, nullptr, problems).first->second.add(consumer);
  return problems;
}

std::vector<std::string> consumer_set_problems(const Declarations& declared) {
  std::vector<std::string> problems;
  for (const auto& [consumer, what] : consumer_set_findings(declared))
    problems.push_back(fmt::format("{}: consumer {} of {}: {}", consumer->origin, consumer->name,
                                   consumer->stream, what));
  return problems;
}

}  // namespace unified::jetstream
