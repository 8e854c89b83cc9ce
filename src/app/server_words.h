#pragma once

#include <cstdint>
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
  /// The first line of another incarnation ends what is known of the one before; that may be before
  /// anybody hears that it was spawned.
  void note(std::uint64_t incarnation, std::string_view line);

  /// Without prefix, oldest first; nothing unless the last words are that incarnation's.
  [[nodiscard]] std::vector<std::string> said(std::uint64_t incarnation) const;
  /// The stacks that Go's runtime writes on QUIT and when it crashes; as said().
  [[nodiscard]] std::vector<std::string> stacks(std::uint64_t incarnation) const;

 private:
  void begin(std::uint64_t incarnation);
  void keep(std::string_view text);

  std::uint64_t incarnation_ = 0;
  std::vector<std::string> first_;
  std::deque<std::string> last_;
  bool dumping_ = false;
  std::vector<std::string> stacks_;
};

}  // namespace unified::app
