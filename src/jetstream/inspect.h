#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetstream/api.h"

namespace unified::jetstream {

/// What a stream holds of one subject pattern.
struct SubjectState {
  std::string subject;
  std::int64_t messages = 0;
  std::int64_t subjects = 0;  ///< distinct ones that match
  std::int64_t last_seq = 0;  ///< of the newest message; 0: there is none
  std::string last_ts;        ///< RFC 3339; empty: there is none
};

/// How far a consumer is.
struct ConsumerReport {
  std::string name;
  std::vector<std::string> filters;  ///< empty: everything
  std::int64_t pending = 0;          ///< stored but not delivered yet: the lag
  std::int64_t ack_pending = 0;
  std::int64_t redelivered = 0;
  std::int64_t waiting = 0;    ///< pull requests that wait
  std::string last_delivered;  ///< RFC 3339; empty: never (2.9 does not say)
};

/// Newest message of the pattern: sequence and time alone are filled. One request, whatever the
/// stream holds.
ApiResult<SubjectState> newest_message(ApiPort& port,
                                       const std::string& stream,
                                       const std::string& subject,
                                       std::chrono::milliseconds timeout);

/// All of SubjectState. One request per 100,000 distinct subjects.
ApiResult<SubjectState> subject_state(ApiPort& port,
                                      const std::string& stream,
                                      const std::string& subject,
                                      std::chrono::milliseconds timeout);

/// Every consumer, by name.
ApiResult<std::vector<ConsumerReport>> consumer_reports(ApiPort& port,
                                                        const std::string& stream,
                                                        std::chrono::milliseconds timeout);

/// The streams that capture something of the pattern, by STREAM.NAMES.
ApiResult<std::vector<std::string>> streams_bound_to(ApiPort& port,
                                                     const std::string& subject,
                                                     std::chrono::milliseconds timeout);

}  // namespace unified::jetstream
