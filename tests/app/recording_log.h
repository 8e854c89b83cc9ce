#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "observe/log.h"

namespace unified::app {

/// Keeps our own lines in memory.
class RecordingLog : public observe::Log {
 public:
  void write(observe::Level /*level*/, std::string_view text) override {
    lines_.emplace_back(text);
  }
  void server_line(std::string_view /*line*/) override {}
  void add_secrets(const std::vector<std::string>& /*secrets*/) override {}
  void reopen() override {}
  [[nodiscard]] std::uint64_t dropped() const override { return 0; }
  [[nodiscard]] std::string file_problem() const override { return {}; }
  bool drain(std::chrono::milliseconds /*timeout*/) override { return true; }
  [[nodiscard]] std::string scrub(std::string_view text) const override {
    return std::string{text};
  }
  [[nodiscard]] const observe::LineRing& recent() const override { return ring_; }

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
  observe::LineRing ring_;
};

}  // namespace unified::app
