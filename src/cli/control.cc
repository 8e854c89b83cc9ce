#include "cli/control.h"

#include <functional>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/preparation.h"
#include "cli/configuration.h"
#include "os/run_dir.h"

namespace unified::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kBetweenTries{20};

struct Heard {
  Result<api::Response, api::Unreachable> answer;
  bool begins = false;  ///< somebody has RUN_DIR, and no socket yet
};

/// Who begins anew cuts those it has not answered: they ask again.
Result<api::Response, api::Unreachable> until_heard(milliseconds patience,
                                                    const std::function<Heard(milliseconds)>& ask) {
  const Clock::time_point deadline = Clock::now() + patience;
  for (milliseconds left = patience;;) {
    Heard heard = ask(left);
    left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    const bool cut = !heard.answer && heard.answer.error().reason == api::Unreachable::Reason::kCut;
    if ((!cut && !heard.begins) || left <= kBetweenTries)
      return std::move(heard.answer);
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

Result<std::string, api::Unreachable> supervisor_run_dir(const Context& context) {
  const os::Environment environment = os::environment_snapshot();
  const auto configured = configured_run_dir(context, environment);
  if (!configured)
    return api::Unreachable{api::Unreachable::Reason::kNoAnswer,
                            "where the supervisor runs can't be told: see above"};
  const auto candidates = app::run_dirs(*configured, environment);
  if (const auto run_dir = os::find_run_dir_to_ask(candidates))
    return *run_dir;
  if (auto foreign = os::foreign_run_dir(candidates))
    return api::Unreachable{api::Unreachable::Reason::kNoAnswer, *std::move(foreign)};
  return api::Unreachable{
      api::Unreachable::Reason::kNobody,
      fmt::format("no supervisor has run here (looked for {}); start it with `run`, or set RUN_DIR "
                  "to where it runs",
                  fmt::join(candidates, ", "))};
}

Result<std::string, api::Unreachable> supervisor_socket(const Context& context) {
  const auto run_dir = supervisor_run_dir(context);
  if (!run_dir)
    return run_dir.error();
  return *run_dir + "/control.sock";
}

Result<api::Response, api::Unreachable> tell_supervisor(const Context& context,
                                                        const std::string& target,
                                                        milliseconds patience) {
  return until_heard(patience, [&](milliseconds left) -> Heard {
    const auto run_dir = supervisor_run_dir(context);
    if (!run_dir)
      return {run_dir.error(), false};
    auto answer = api::control_post(*run_dir + "/control.sock", target, {}, left);
    const bool begins = !answer && answer.error().reason == api::Unreachable::Reason::kNobody &&
                        os::run_dir_is_held(*run_dir);
    return {std::move(answer), begins};
  });
}

Result<api::Response, api::Unreachable> ask_supervisor(const Context& context,
                                                       const std::string& target,
                                                       milliseconds patience) {
  return until_heard(patience, [&](milliseconds left) -> Heard {
    const auto run_dir = supervisor_run_dir(context);
    if (!run_dir)
      return {run_dir.error(), false};
    auto answer = api::control_get(*run_dir + "/control.sock", target, left);
    if (!answer && answer.error().reason == api::Unreachable::Reason::kNobody &&
        os::run_dir_is_held(*run_dir))
      answer = api::Unreachable{api::Unreachable::Reason::kNoAnswer,
                                fmt::format("the supervisor (pid {}) is just starting or stopping, "
                                            "or its control socket was removed from {}",
                                            os::run_dir_holder(*run_dir).value_or(0), *run_dir)};
    return {std::move(answer), false};
  });
}

}  // namespace unified::cli
