#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace unified::config {

enum class Severity : std::uint8_t { kWarning, kError };

/// One finding about the configuration. Never holds a secret's text.
struct Problem {
  Severity severity = Severity::kError;
  std::string variable;  ///< NATS_PORT; empty for a finding about a file
  std::string origin;    ///< `.env:12`, `environment`, `argument`, `default`
  std::string value;     ///< as written; `***` for secrets
  std::string message;   ///< what is wrong and what would be accepted
};

using Problems = std::vector<Problem>;

/// `NATS_PORT="42x22" (.env:12): not a port: a number from 1 to 65535 is accepted`
std::string to_text(const Problem& problem);

}  // namespace unified::config
