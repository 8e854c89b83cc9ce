#include "cli/await_state.h"

#include <thread>

#include <fmt/format.h>

#include "cli/control.h"
#include "cli/terminal.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};

/// `recovering: restored 3 of 9 streams, 41 %, about 50 s`
std::string progress_text(const SeenState& seen) {
  if (!seen.status)
    return "waiting for the supervisor";
  std::string text = seen.status->value("phase", "");
  const std::string why = reason(seen);
  return why.empty() ? text : text + ": " + why;
}

}  // namespace

SeenState look_at_state(const Context& context) {
  SeenState seen;
  const auto answer = ask_supervisor(context, "/status", kProbePatience);
  if (!answer) {
    seen.nobody = answer.error().reason == api::Unreachable::Reason::kNobody;
    return seen;
  }
  auto body = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status == 200 && body.is_object())
    seen.status = std::move(body);
  return seen;
}

Awaited await_state(const Context& context,
                    std::chrono::milliseconds patience,
                    const std::function<Judgement(const SeenState&)>& judge) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Progress progress;
  for (;;) {
    Awaited awaited;
    awaited.last = look_at_state(context);
    awaited.judgement = judge(awaited.last);
    if (awaited.judgement != Judgement::kNotYet || std::chrono::steady_clock::now() >= deadline)
      return awaited;
    progress.show(progress_text(awaited.last));
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

std::string reason(const SeenState& seen) {
  if (!seen.status)
    return seen.nobody ? "no supervisor runs here" : "the supervisor does not answer";
  std::string text;
  const auto reasons = seen.status->find("not_ready_because");
  if (reasons != seen.status->end() && reasons->is_array())
    for (const auto& line : *reasons)
      if (line.is_string())
        text += (text.empty() ? "" : "; ") + line.get<std::string>();
  return text;
}

}  // namespace unified::cli
