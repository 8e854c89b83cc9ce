#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unified::app {

/// What nats-server said about streams that it could not load, this incarnation. Lines that carry
/// client text are passed over: nobody outside may make us think that a stream is damaged. A value:
/// the worker gets a copy.
class TroubleLog {
 public:
  /// True if the line is evidence that some stream was not loaded.
  bool note(std::string_view line);
  void clear() { lines_.clear(); }

  /// The line about stream `name`, or one that concerns the whole store (encryption).
  [[nodiscard]] std::optional<std::string> about(const std::string& name) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace unified::app
