#include "app/verb_routes.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/parse.h"

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
  std::vector<std::string> lines = outcome.lines;
  for (const std::string& warning : outcome.warnings)
    lines.push_back("warning: " + warning);
  return verb_answer(status_of(outcome.kind), to_text(outcome.kind), lines);
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

Response restart_accepted(std::int64_t life_that_ends) {
  const nlohmann::ordered_json body{{"outcome", "accepted"},
                                    {"lines", nlohmann::ordered_json::array()},
                                    {"started_unix_ms", life_that_ends}};
  return {kAccepted, body.dump() + "\n"};
}

Response restart_refused(const Failure& fault) {
  if (fault.exit_code == kExitCheckFailed)
    return verb_answer(kConflict, "refused", fault.lines);
  if (fault.exit_code == kExitRestartsSpent)
    return verb_answer(kConflict, kMayPass, fault.lines);
  return verb_answer(kUnprocessable, "invalid", fault.lines);
}

/// `asked_of`: the life that whoever asks has seen, if any. When that one has ended since, what he
/// wants has been done: another request was faster, and cut his.
asio::awaitable<Response> restart(const Verbs& verbs, std::optional<std::int64_t> asked_of) {
  if (verbs.leaving())
    co_return refuse_while_leaving(verbs);
  if (asked_of && *asked_of != verbs.started_unix_ms)
    co_return restart_accepted(*asked_of);
  const std::optional<Failure> fault = co_await verbs.restart();
  co_return fault ? restart_refused(*fault) : restart_accepted(verbs.started_unix_ms);
}

/// The life that "of=1764441000123" names.
std::optional<std::int64_t> life_in(const std::string& query) {
  constexpr std::string_view kKey = "of=";
  if (!query.starts_with(kKey))
    return std::nullopt;
  return parse_int(query.substr(kKey.size()));
}

asio::awaitable<Response> restart_as_asked(std::shared_ptr<const Verbs> verbs, std::string query) {
  const std::optional<std::int64_t> life = life_in(query);
  if (!query.empty() && !life)
    co_return verb_answer(kUnprocessable, "invalid",
                          {"restart: `of=` and a started_unix_ms (as in /status) are expected"});
  Response answered = co_await restart(*verbs, life);
  co_return answered;
}

asio::awaitable<Response> reload(const Verbs& verbs, bool allow_restart) {
  if (verbs.leaving())
    co_return refuse_while_leaving(verbs);
  const ReloadOutcome outcome = co_await verbs.reload();
  if (outcome.kind == Kind::kNeedsRestart && allow_restart) {
    const std::optional<std::int64_t> any;
    Response answered = co_await restart(verbs, any);
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
  const auto anew = [shared](const Request& request) {
    return restart_as_asked(shared, request.query);
  };
  const auto again = [shared](const Request& request) {
    return reload(*shared, request.query == "allow-restart");
  };
  return {{"POST", "/start", up},
          {"POST", "/stop", down},
          {"POST", "/restart", anew},
          {"POST", "/reload", again}};
}

}  // namespace unified::app
