#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace unified::app {

/// What one incarnation of nats-server said that causes are found from, whatever else it wrote
/// since: warnings and worse, a refused configuration, the head of a Go crash. Lines that carry
/// client text are passed over. Bounded. Lines as they came: they may hold secrets.
class ServerWords {
 public:
  void note(std::string_view line);
  void clear();

  /// Without prefix, oldest first.
  [[nodiscard]] std::vector<std::string> said() const;
  /// The stacks that Go's runtime writes on QUIT and when it crashes.
  [[nodiscard]] const std::vector<std::string>& stacks() const { return stacks_; }

 private:
  void keep(std::string_view text);

  std::vector<std::string> first_;
  std::deque<std::string> last_;
  bool dumping_ = false;
  std::vector<std::string> stacks_;
};

}  // namespace unified::app
