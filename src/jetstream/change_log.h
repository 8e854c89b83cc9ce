#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace unified::jetstream {

/// How often nats-server has told that a stream was created, changed or deleted, by us or by
/// anybody else ($JS.EVENT.ADVISORY.STREAM.{CREATED,UPDATED,DELETED}.X; nats-server tells nothing
/// of a consumer that is changed, 2.9 to 2.15). Counts only for streams that somebody has asked
/// about. Every function from any thread.
class ChangeLog {
 public:
  /// An advisory's subject, as it came; any other subject is passed over.
  void note(std::string_view subject);

  /// How many have come since this was asked for the first time (then 0).
  std::uint64_t changes_of(const std::string& stream);
  /// The same, when it has reached `count` or `patience` is over. Blocks.
  std::uint64_t wait_for(const std::string& stream,
                         std::uint64_t count,
                         std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable noted_;
  std::map<std::string, std::uint64_t, std::less<>> changes_;
};

}  // namespace unified::jetstream
