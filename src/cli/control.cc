#include "cli/control.h"

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/preparation.h"
#include "base/parse.h"
#include "cli/configuration.h"
#include "os/port_holder.h"
#include "os/run_dir.h"

namespace unified::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Candidates = std::vector<std::string>;

constexpr milliseconds kBetweenTries{20};
/// Between two looks at who listens on a socket whose file is not there.
constexpr milliseconds kBetweenWalks{200};
constexpr int kLooksForTheSocket = 2;

struct Heard {
  Result<api::Response, api::Unreachable> answer;
  bool begins = false;  ///< somebody has RUN_DIR, and no socket yet
};

/// Finds the supervisor that one command is about, again and again: its files may come and go. What
/// the configuration says is read once.
class Search {
 public:
  explicit Search(const Context& context) {
    const os::Environment environment = os::environment_snapshot();
    if (const auto configured = configured_run_dir(context, environment))
      candidates_ = app::run_dirs(*configured, environment);
  }

  [[nodiscard]] Result<std::string, api::Unreachable> run_dir() const {
    if (candidates_.empty())
      return api::Unreachable{api::Unreachable::Reason::kNoAnswer,
                              "where the supervisor runs can't be told: see above"};
    if (const auto run_dir = os::find_run_dir_to_ask(candidates_))
      return *run_dir;
    if (auto foreign = os::foreign_run_dir(candidates_))
      return api::Unreachable{api::Unreachable::Reason::kNoAnswer, *std::move(foreign)};
    return api::Unreachable{
        api::Unreachable::Reason::kNobody,
        fmt::format("no supervisor has run here (looked for {}); start it with `run`, or set "
                    "RUN_DIR to where it runs",
                    fmt::join(candidates_, ", "))};
  }

  /// What to make of "nobody at `run_dir`": perhaps one serves there whose files somebody has
  /// removed. It makes them anew within a moment.
  [[nodiscard]] Heard nobody_at(const Result<std::string, api::Unreachable>& run_dir,
                                api::Unreachable why) {
    if (why.reason != api::Unreachable::Reason::kNobody)
      return {std::move(why), false};
    // Without a listener, as while one starts, this costs no walk of /proc.
    if (const auto now = Clock::now(); !serves_ || now >= next_walk_) {
      next_walk_ = now + kBetweenWalks;
      serves_.reset();
      for (const std::string& place : run_dir ? Candidates{*run_dir} : candidates_) {
        const auto pid = os::unix_listener(os::control_socket_in(place));
        if (!pid)
          continue;
        serves_ =
            fmt::format("the supervisor (pid {}) runs, but somebody has removed its files from {}",
                        *pid, place);
        break;
      }
    }
    if (!serves_)
      return {std::move(why), false};
    return {api::Unreachable{api::Unreachable::Reason::kNoAnswer, *serves_}, true};
  }

 private:
  Candidates candidates_;  ///< best first; none: .env can't be read, and that was said
  Clock::time_point next_walk_;
  std::optional<std::string> serves_;  ///< as of the last walk
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
  return Search{context}.run_dir();
}

std::string holder_text(const std::string& run_dir) {
  const auto pid = os::run_dir_holder(run_dir);
  return pid ? fmt::format("pid {}", *pid) : "a process that can't be told";
}

Result<std::string, api::Unreachable> supervisor_socket(const Context& context) {
  const auto run_dir = supervisor_run_dir(context);
  if (!run_dir)
    return run_dir.error();
  return os::control_socket_in(*run_dir);
}

Result<api::Response, api::Unreachable> tell_supervisor(const Context& context,
                                                        const std::string& target,
                                                        milliseconds patience) {
  Search search{context};
  return until_heard(patience, [&](milliseconds left) -> Heard {
    const auto run_dir = search.run_dir();
    if (!run_dir)
      return search.nobody_at(run_dir, run_dir.error());
    auto answer = api::control_post(os::control_socket_in(*run_dir), target, {}, left);
    if (answer || answer.error().reason != api::Unreachable::Reason::kNobody)
      return {std::move(answer), false};
    Heard heard = search.nobody_at(run_dir, answer.error());
    heard.begins = heard.begins || os::run_dir_is_held(*run_dir);
    return heard;
  });
}

Result<api::Response, api::Unreachable> ask_supervisor(const Context& context,
                                                       const std::string& target,
                                                       milliseconds patience) {
  Search search{context};
  int looks = 0;
  return until_heard(patience, [&](milliseconds left) -> Heard {
    const auto run_dir = search.run_dir();
    if (!run_dir)
      return search.nobody_at(run_dir, run_dir.error());
    auto answer = api::control_get(os::control_socket_in(*run_dir), target, left);
    if (answer || answer.error().reason != api::Unreachable::Reason::kNobody)
      return {std::move(answer), false};
    Heard heard = search.nobody_at(run_dir, answer.error());
    if (heard.begins || !os::run_dir_is_held(*run_dir))
      return heard;
    heard.answer = api::Unreachable{
        api::Unreachable::Reason::kNoAnswer,
        fmt::format("the supervisor ({}) is just starting or stopping, or its control socket "
                    "was removed from {}",
                    holder_text(*run_dir), *run_dir)};
    // Once more: the one that listens may have gone on with another socket during the first look.
    heard.begins = ++looks < kLooksForTheSocket;
    return heard;
  });
}

std::string why_not_ready(const Context& context, milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  for (;;) {
    const auto answer = ask_supervisor(context, "/readyz", kProbePatience);
    constexpr unsigned kReady = 200;
    if (answer && answer->status == kReady)
      return {};
    if (Clock::now() >= deadline)
      return answer ? std::string{trim(answer->body)}
                    : "not known to be ready: " + answer.error().message;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace unified::cli
