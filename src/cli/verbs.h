#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "api/http_types.h"
#include "cli/await_state.h"
#include "cli/context.h"

namespace unified::cli {

/// What start and restart share.
struct StartOptions {
  std::string log;  ///< of a broker that is started in the background
  std::chrono::milliseconds patience{60'000};
  bool wait = true;
};

/// Starts the broker in the background, or the server of one whose server is down; returns when it
/// is ready. Prints how it went, returns the exit code.
int start_broker(const Context& context, const StartOptions& options);

/// `started_unix_ms` of the life that has accepted a restart: by its answer, else (an older version
/// than this program) by its status before.
std::int64_t life_that_ends(const api::Response& answer, const SeenState& before);

/// Waits until another life of the supervisor than that of `started_unix_ms` is ready; prints how
/// it went. `what` is the word for success ("restarted").
int await_ready(const Context& context,
                std::chrono::milliseconds patience,
                std::int64_t started_unix_ms,
                const std::string& what);

/// The `outcome` of a verb's answer; of another answer the whole text.
std::string outcome_of(const api::Response& answer);

/// The `lines` of a verb's answer on stderr.
void print_lines(const api::Response& answer);

/// POSTs a request about one stream to the supervisor and prints its answer, as it came with
/// `json`; the exit code.
int ask_about_stream(const Context& context,
                     const std::string& target,
                     const nlohmann::json& body,
                     bool json);

/// The folder that `start` keeps its log in, for help texts.
inline constexpr const char* kBackgroundLog = "logs/unified-nats.log";

}  // namespace unified::cli
