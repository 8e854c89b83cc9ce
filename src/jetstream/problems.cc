#include "jetstream/problems.h"

#include <algorithm>
#include <array>

namespace unified::jetstream {
namespace {

bool is_transient(const ApiFailure& failure) {
  constexpr std::array kTransient{
      static_cast<int>(kNoSuitablePeers),       static_cast<int>(kSystemUnavailable),
      static_cast<int>(kStreamStoreFailed),     static_cast<int>(kNameInUse),
      static_cast<int>(kStreamNotFound),        static_cast<int>(kConsumerExists),
      static_cast<int>(kConsumerAlreadyExists), static_cast<int>(kConsumerDoesNotExist)};
  return !failure.answered || failure.code == 503 ||
         std::ranges::find(kTransient, failure.err_code) != kTransient.end();
}

/// What people can do about an answer that does not say it itself.
const char* meaning_of(int err_code) {
  switch (err_code) {
    case kInsufficientMemory:
      return "; the streams' max_bytes together are more than JETSTREAM_MAX_MEMORY";
    case kInsufficientStorage:
      return "; the streams' max_bytes together are more than JETSTREAM_MAX_FILE";
    case kNoSuitablePeers:
      return "; not enough nodes of the cluster are up yet for num_replicas";
    case kSubjectsOverlap:
      return "; another stream captures some of these subjects";
    case kMaximumConsumers:
      return "; the stream's max_consumers is reached";
    case kFilterNotUnique:
      return "; the filters of a work queue's consumers must not overlap";
    default:
      return "";
  }
}

}  // namespace

StreamProblem problem_of(const std::string& object, const ApiFailure& failure) {
  return {object, failure.message + meaning_of(failure.err_code), failure.err_code,
          is_transient(failure)};
}

bool outcome_is_unknown(const ApiFailure& failure) {
  return !failure.answered || failure.err_code == kNameInUse;
}

}  // namespace unified::jetstream
