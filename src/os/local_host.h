#pragma once

#include "config/load.h"

namespace unified::os {

/// What config::load asks, answered by this machine. Stateless; any thread.
class LocalHost : public config::Host {
 public:
  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;
  [[nodiscard]] std::optional<std::string> file_fault(const std::string& path) const override;
  [[nodiscard]] std::string hostname() const override;
  [[nodiscard]] std::optional<std::int64_t> memory_limit() const override;
  [[nodiscard]] std::optional<std::int64_t> disk_capacity(const std::string& path) const override;
};

}  // namespace unified::os
