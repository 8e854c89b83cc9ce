#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace unified::observe {

enum class Source { kSupervisor, kServer };
/// "supervisor", "nats-server".
std::string_view to_text(Source source);

struct RecentLine {
  std::uint64_t seq = 0;  ///< over both sources, without a gap; the first line is 1
  std::chrono::system_clock::time_point at;
  Source source = Source::kSupervisor;
  std::string text;
};

/// The last lines of each source, in memory: for `logs` and the black box. Any thread; add() costs
/// a copy, and allocates nothing once the ring is full of lines of usual length.
class LineRing {
 public:
  /// Kept of each source, so that a server that traces does not push our own lines out.
  static constexpr std::size_t kLines = 200;
  /// The rest of a longer line is cut off.
  static constexpr std::size_t kLineBytes = 1024;

  /// `text` must be free of secrets.
  void add(Source source, std::chrono::system_clock::time_point at, std::string_view text);

  /// Those with a higher number than `seq`, oldest first; 0: all that are left.
  [[nodiscard]] std::vector<RecentLine> after(std::uint64_t seq) const;
  /// The newest line's number; 0: none yet.
  [[nodiscard]] std::uint64_t last() const;

 private:
  struct Ring {
    std::vector<RecentLine> lines;
    std::size_t next = 0;  ///< the oldest one, once it is full
  };
  mutable std::mutex mutex_;
  std::array<Ring, 2> rings_;
  std::uint64_t last_ = 0;
};

}  // namespace unified::observe
