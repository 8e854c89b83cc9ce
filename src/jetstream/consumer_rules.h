#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// Printable ASCII without blanks and `. * > / \`, 1 to 255: narrower than the server's own rule,
/// which takes control bytes.
bool is_valid_consumer_name(std::string_view name);

/// What is wrong between the fields of one consumer: what a server would refuse, or replace without
/// a word. `filter_subject` must have been folded. Each without its origin.
std::vector<std::string> consumer_problems(const ConsumerSpec& spec);

/// A fault between a consumer and its stream, or between two consumers.
struct ConsumerProblem {
  const ConsumerSpec* consumer;  ///< one of the declared ones; of two, the later
  std::string what;              ///< "filter \"x\" matches no subject of the stream"
};

/// What is wrong between consumers, and between them and their streams as far as those are declared
/// too: a consumer twice, filters that match nothing, more than max_consumers, what a work queue
/// refuses.
std::vector<ConsumerProblem> consumer_set_findings(const Declarations& declared);
/// The same for people, each with the origin of the consumer.
std::vector<std::string> consumer_set_problems(const Declarations& declared);

}  // namespace unified::jetstream
