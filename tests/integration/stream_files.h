#pragma once

#include <map>
#include <string>

namespace unified::test {

/// The small files that say what a stream is. No nats-server replaces them in one go: one that is
/// killed in the middle of an update does not load the stream any more, though all of its messages
/// are there.
class StreamFiles {
 public:
  explicit StreamFiles(std::string store) : store_(std::move(store)) {}

  void take();
  /// As they were; false: there were none.
  [[nodiscard]] bool put_back(const std::string& stream) const;

 private:
  std::string store_;
  std::map<std::string, std::string> files_;  ///< path to content
};

}  // namespace unified::test
