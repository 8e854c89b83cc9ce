#include "app/verb_routes.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using Kind = ReloadOutcome::Kind;

int status_of(Kind kind) {
  switch (kind) {
    case Kind::kUnchanged:
    case Kind::kApplied:
      return 200;
    case Kind::kInvalid:
      return kUnprocessable;
    case Kind::kInPart:
    case Kind::kNeedsRestart:
    case Kind::kRefused:
    case Kind::kNotNow:
      break;
  }
  return kConflict;
}

Response reload_answer(const ReloadOutcome& outcome) {
  return verb_answer(status_of(outcome.kind), to_text(outcome.kind), outcome.lines);
}

Response refuse_while_leaving(const Verbs& verbs) {
  return verb_answer(kConflict, "not-now", {verbs.who + " is stopping"});
}

Response stop(const Verbs& verbs, bool stay) {
  if (verbs.leaving())  // asked again: no "now", that is for signals
    return stay ? refuse_while_leaving(verbs) : accepted();
  if (stay)
    return verbs.down();
  verbs.leave();
  return accepted();
}

asio::awaitable<Response> stop_later(std::shared_ptr<const Verbs> verbs, bool stay) {
  co_return stop(*verbs, stay);
}

asio::awaitable<Response> restart(const Verbs& verbs) {
  if (verbs.leaving())
    co_return refuse_while_leaving(verbs);
  const std::optional<Failure> fault = co_await verbs.restart();
  if (fault)
    co_return fault->exit_code == kExitCheckFailed
        ? verb_answer(kConflict, "refused", fault->lines)
        : verb_answer(kUnprocessable, "invalid", fault->lines);
  co_return accepted();
}

asio::awaitable<Response> reload(const Verbs& verbs, bool allow_restart) {
  if (verbs.leaving())
    co_return refuse_while_leaving(verbs);
  const ReloadOutcome outcome = co_await verbs.reload();
  if (outcome.kind == Kind::kNeedsRestart && allow_restart) {
    Response answered = co_await restart(verbs);
    co_return answered;
  }
  co_return reload_answer(outcome);
}

}  // namespace

Response verb_answer(int status,
                     const std::string& outcome,
                     const std::vector<std::string>& lines) {
  const nlohmann::ordered_json body{{"outcome", outcome}, {"lines", lines}};
  return {status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

Response accepted() {
  return verb_answer(kAccepted, "accepted", {});
}

std::vector<api::Route> verb_routes(Verbs verbs) {
  const auto shared = std::make_shared<const Verbs>(std::move(verbs));
  const auto up = [shared](const Request&) -> asio::awaitable<Response> {
    co_return shared->leaving() ? refuse_while_leaving(*shared) : shared->start();
  };
  const auto down = [shared](const Request& request) {
    return stop_later(shared, request.query == "down");
  };
  const auto anew = [shared](const Request&) { return restart(*shared); };
  const auto again = [shared](const Request& request) {
    return reload(*shared, request.query == "allow-restart");
  };
  return {{"POST", "/start", up},
          {"POST", "/stop", down},
          {"POST", "/restart", anew},
          {"POST", "/reload", again}};
}

}  // namespace unified::app
