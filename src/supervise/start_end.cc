#include "supervise/start_end.h"

#include <algorithm>
#include <array>

#include "supervise/cause_words.h"

namespace unified::supervise {
namespace {

/// nats-server's main() says this in front of what its configuration or its arguments are refused
/// for, before there is a logger.
constexpr std::string_view kBeforeTheLogger = "nats-server: ";

/// nats.conf itself was not there: we write it again before the next start.
constexpr std::string_view kNoConf = "nats-server: open ";

/// What Go's flag package says.
constexpr auto kFlagWords = std::to_array<std::string_view>(
    {"flag provided but not defined", "flag needs an argument", "invalid value ",
     "invalid boolean value ", "invalid boolean flag ", "bad flag syntax"});

/// What nats-server's logger says of a configuration that `nats-server -t` accepts.
constexpr auto kFatalWords = std::to_array<std::string_view>(
    {"Not allowed to enable JetStream on the system account",
     "Error enabling jetstream on configured accounts: insufficient",
     "JetStream cluster requires configured routes", "system account not setup", ": invalid port"});

/// The network, the disk and the system's limits.
constexpr auto kPassingWords =
    std::to_array<std::string_view>({"connection refused",
                                     "connection reset",
                                     "no such host",
                                     "server misbehaving",
                                     "i/o timeout",
                                     "handshake timeout",
                                     "Client.Timeout",
                                     "deadline exceeded",
                                     "network is unreachable",
                                     "no route to host",
                                     "emporary failure",
                                     "could not fetch",
                                     "address already in use",
                                     "cannot assign requested address",
                                     "too many open files",
                                     "cannot allocate memory",
                                     "no space left on device",
                                     "disk quota exceeded",
                                     "input/output error",
                                     "resource temporarily unavailable"});

template <typename Words>
bool holds_one(std::string_view line, const Words& words) {
  return std::ranges::any_of(
      words, [line](std::string_view word) { return line.find(word) != std::string_view::npos; });
}

bool refuses(std::string_view line) {
  if (holds_one(line, kPassingWords) || line.starts_with(kNoConf))
    return false;
  return line.starts_with(kBeforeTheLogger) || is_flag_complaint(line) ||
         holds_one(line, kFatalWords);
}

}  // namespace

bool is_flag_complaint(std::string_view line) {
  return std::ranges::any_of(kFlagWords,
                             [line](std::string_view word) { return line.starts_with(word); });
}

const std::string* refusing_line(const std::vector<std::string>& said) {
  const auto found = std::ranges::find_if(said, &refuses);
  return found == said.end() ? nullptr : &*found;
}

StartEnd judge_start_end(const std::vector<std::string>& said, const ExitStatus& status) {
  if (status.is_signaled() || status.code() > 1)
    return StartEnd::kUnexplained;
  if (said_that_it_stops(said))
    return StartEnd::kAskedToStop;
  return refusing_line(said) == nullptr ? StartEnd::kUnexplained : StartEnd::kRefused;
}

}  // namespace unified::supervise
