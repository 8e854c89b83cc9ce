#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervise/exit_status.h"

namespace unified::supervise {

/// Why an incarnation that was never ready ended.
enum class StartEnd : std::uint8_t {
  kUnexplained,  ///< it did not say, or what it said may pass by waiting
  kRefused,      ///< nats-server takes neither this configuration nor these arguments, ever
  kAskedToStop   ///< it shut down in order, because somebody signalled it
};

/// The line with which nats-server (2.9 to 2.15, seen with real servers) refuses its configuration
/// or its arguments for good; nullptr when there is none. What waiting may mend (a port that is
/// taken, an account server that does not answer, a full disk) is no refusal. `said`: what it said
/// in this incarnation, without prefix. Pure.
const std::string* refusing_line(const std::vector<std::string>& said);

/// Judges by the words and the exit code together: neither decides alone. nats-server ends with 1
/// when it refuses its configuration, and with 0 after a wrong flag, which makes it print its
/// usage. Pure.
StartEnd judge_start_end(const std::vector<std::string>& said, const ExitStatus& status);

/// Whether a line without the logger's prefix complains about a flag. Pure.
bool is_flag_complaint(std::string_view line);

}  // namespace unified::supervise
