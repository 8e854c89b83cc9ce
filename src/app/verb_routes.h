#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/control_server.h"
#include "app/failure.h"
#include "app/reload_outcome.h"

namespace unified::app {

/// What the verbs do; what they act on outlives the routes.
struct Verbs {
  std::string who;                ///< "the broker", "the sidecar"
  std::function<bool()> leaving;  ///< on the way to the end: nothing else is begun
  std::function<api::Response()> start;
  std::function<api::Response()> down;  ///< nats-server ends, we stay
  std::function<boost::asio::awaitable<ReloadOutcome>()> reload;
  /// Begins the restart of everything; a failure says why nothing was touched.
  std::function<boost::asio::awaitable<std::optional<Failure>>()> restart;
  std::function<void()> leave;       ///< ends everything as TERM does
  std::int64_t started_unix_ms = 0;  ///< tells this life of ours from the next, as in /status
};

/// A verb's answer: `{"outcome","lines"}`.
inline constexpr int kAccepted = 202;
inline constexpr int kConflict = 409;
inline constexpr int kUnprocessable = 422;
/// The outcome of a refusal (409) whose cause may pass by itself, such as a full file system.
inline constexpr const char* kMayPass = "may-pass";
api::Response verb_answer(int status,
                          const std::string& outcome,
                          const std::vector<std::string>& lines);
api::Response accepted();

/// POST /start, /stop (`?down`: we stay), /restart, /reload (`?allow-restart`). They answer when
/// the request is accepted (202) or decided (200, 409, 422); the state is reached when /status says
/// so. The 202 of a restart says `started_unix_ms` of the life that ends: the state is reached when
/// another one is ready. `/restart?of=N` is about the life whose `started_unix_ms` is N: nothing
/// more is done when another one runs already.
std::vector<api::Route> verb_routes(Verbs verbs);

}  // namespace unified::app
