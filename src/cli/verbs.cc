#include "cli/verbs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <fstream>
#include <ios>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/control_client.h"
#include "base/parse.h"
#include "cli/await_state.h"
#include "cli/control.h"
#include "cli/declared.h"
#include "cli/terminal.h"
#include "os/background.h"
#include "os/run_dir.h"
#include "os/self.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kStartPatience{10'000};
constexpr std::size_t kLastLines = 20;

bool is_ready(const SeenState& seen) {
  return seen.status && seen.status->value("ready", false);
}

/// How far the log was written before; 0: there is none.
std::streamoff written_so_far(const std::string& log) {
  std::ifstream file{log, std::ios::ate};
  return file ? static_cast<std::streamoff>(file.tellg()) : 0;
}

/// The last lines of what was written to it behind `begin`.
void print_tail(const std::string& log, std::streamoff begin) {
  std::ifstream file{log};
  if (!file)
    fmt::print(stderr, "unified_entrypoint: {}\n",
               system_error("cannot open " + log, errno).message);
  file.seekg(begin);
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line);
    if (last.size() > kLastLines)
      last.pop_front();
  }
  for (const std::string& line : last)
    fmt::print(stderr, "{}\n", line);
}

std::vector<std::string> run_arguments(const Context& context) {
  std::vector<std::string> arguments{os::own_program(), "run"};
  for (const std::string& file : context.env_files) {
    arguments.emplace_back("--env-file");
    arguments.push_back(file);
  }
  if (context.strict)
    arguments.emplace_back("--strict");
  return arguments;
}

int run_in_background(const Context& context, const StartOptions& options) {
  const std::streamoff begin = written_so_far(options.log);
  const auto pid = os::start_in_background(run_arguments(context), options.log);
  if (!pid) {
    fmt::print(stderr, "unified_entrypoint: {}\n", pid.error().message);
    return kExitCheckFailed;
  }
  if (!options.wait) {
    fmt::print("started, pid {}, log {}\n", *pid, options.log);
    return kExitOk;
  }
  std::optional<supervise::ExitStatus> end;
  const Awaited awaited = await_state(context, options.patience, [&](const SeenState& seen) {
    end = os::ended(*pid);
    if (end)
      return Judgement::kNever;
    const bool ours = seen.status && seen.status->value("pid", 0) == *pid;
    return ours && is_ready(seen) ? Judgement::kReached : Judgement::kNotYet;
  });
  if (end) {
    print_tail(options.log, begin);
    fmt::print(stderr, "unified_entrypoint: it {}; the lines above are from {}\n", end->describe(),
               options.log);
    return end->shell_code() == 0 ? kExitCheckFailed : end->shell_code();
  }
  if (awaited.judgement == Judgement::kReached) {
    fmt::print("ready, pid {}, log {}\n", *pid, options.log);
    return kExitOk;
  }
  fmt::print(
      stderr,
      "unified_entrypoint: pid {} runs but is not ready after {}: {}; `status` says more, {} "
      "everything\n",
      *pid, format_duration(options.patience), reason(awaited.last), options.log);
  return kExitCheckFailed;
}

}  // namespace

std::string outcome_of(const api::Response& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  return body.is_object() ? body.value("outcome", "") : answer.body;
}

void print_lines(const api::Response& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  const auto lines = body.is_object() ? body.value("lines", nlohmann::json::array())
                                      : nlohmann::json::array({answer.body});
  for (const auto& line : lines)
    if (line.is_string())
      fmt::print(stderr, "{}\n", line.get<std::string>());
}

std::int64_t life_that_ends(const api::Response& answer, const SeenState& before) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  const auto& from = body.is_object() && body.contains("started_unix_ms") ? body
                     : before.status                                      ? *before.status
                                     : nlohmann::json::object();
  return from.value("started_unix_ms", std::int64_t{0});
}

int await_ready(const Context& context,
                std::chrono::milliseconds patience,
                std::int64_t started_unix_ms,
                const std::string& what) {
  const Awaited awaited = await_state(context, patience, [&](const SeenState& seen) {
    // Not "later": the clock may have been set back.
    const bool newer =
        seen.status && seen.status->value("started_unix_ms", std::int64_t{0}) != started_unix_ms;
    if (newer && is_ready(seen))
      return Judgement::kReached;
    return seen.nobody ? Judgement::kNever : Judgement::kNotYet;
  });
  if (awaited.judgement == Judgement::kNever) {
    fmt::print(stderr, "unified_entrypoint: not ready: the broker was stopped meanwhile\n");
    return kExitCheckFailed;
  }
  if (awaited.judgement == Judgement::kReached && awaited.last.status) {
    fmt::print("{}, pid {}\n", what, awaited.last.status->value("pid", 0));
    return kExitOk;
  }
  fmt::print(stderr, "unified_entrypoint: not ready after {}: {}\n", format_duration(patience),
             reason(awaited.last));
  return kExitCheckFailed;
}

namespace {

/// The lines of a refusal, as one; the body when it has none.
std::string refusal_in(const nlohmann::json& said, const std::string& body) {
  if (!said.is_object())
    return body;
  std::string lines;
  for (const auto& line : said.value("lines", nlohmann::json::array()))
    if (line.is_string())
      lines += (lines.empty() ? "" : "; ") + line.get<std::string>();
  return lines;
}

}  // namespace

int ask_about_stream(const Context& context,
                     const std::string& target,
                     const nlohmann::json& body,
                     bool json) {
  constexpr std::chrono::milliseconds kPatience{65'000};  // behind a reconcile that is under way
  const auto socket = supervisor_socket(context);
  if (!socket)
    return fail(json, kExitUnavailable, socket.error().message);
  const auto answer = api::control_post(
      *socket, target, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      kPatience);
  if (!answer)
    return fail(json, kExitUnavailable, answer.error().message);
  const auto said = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200)
    return fail(json, answer->status == 422 ? kExitUsage : kExitCheckFailed,
                refusal_in(said, answer->body));
  if (json)
    fmt::print("{}", answer->body);
  else
    fmt::print("{}\n", said.is_object() ? said.value("message", "") : answer->body);
  return kExitOk;
}

int start_broker(const Context& context, const StartOptions& options) {
  const SeenState before = look_at_state(context);
  if (before.status && is_ready(before)) {
    fmt::print("already running, pid {}\n", before.status->value("pid", 0));
    return kExitOk;
  }
  const auto answer =
      tell_supervisor(context, "/start", std::min(kStartPatience, options.patience));
  if (!answer && answer.error().reason == api::Unreachable::Reason::kNobody) {
    const auto run_dir = supervisor_run_dir(context);
    if (!run_dir || !os::run_dir_is_held(*run_dir))
      return run_in_background(context, options);
    fmt::print(stderr, "unified_entrypoint: another one is just starting or stopping ({})\n",
               holder_text(*run_dir));
    return kExitBusy;
  }
  if (!answer) {
    fmt::print(stderr, "unified_entrypoint: {}\n", answer.error().message);
    return kExitUnavailable;
  }
  if (answer->status != 202) {
    print_lines(*answer);
    return outcome_of(*answer) == "not-now" ? kExitBusy : kExitCheckFailed;
  }
  return options.wait ? await_ready(context, options.patience, 0, "ready") : kExitOk;
}

}  // namespace unified::cli
