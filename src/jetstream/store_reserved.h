#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetstream/store.h"

namespace unified::jetstream {

/// How much the server sets aside: max_bytes of every stream that has one; a replica counts once on
/// its server.
class Reservation {
 public:
  /// `stored`: what the stream on disk reserves, `declared`: what the manifest wants; 0 = nothing.
  void add(const std::string& name, std::int64_t stored, std::int64_t declared);

  /// What is needed to load what is there.
  [[nodiscard]] std::int64_t stored() const { return stored_; }
  /// And to create and raise what is declared: never less, since a limit is lowered only after the
  /// start.
  [[nodiscard]] std::int64_t total() const { return total_; }
  /// "MARKET_DATA 1073741824, OTHER 5".
  [[nodiscard]] const std::string& breakdown() const { return breakdown_; }

 private:
  std::int64_t stored_ = 0;
  std::int64_t total_ = 0;
  std::string breakdown_;
};

Reservation reserved_file(const StoreFacts& disk,
                          const std::optional<StoreMarker>& marker,
                          const std::vector<StreamSpec>& declared);

/// Memory streams leave nothing on disk: only the declared ones count.
Reservation reserved_memory(const std::vector<StreamSpec>& declared);

}  // namespace unified::jetstream
