#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/context.h"

namespace unified::cli {

/// /status of the supervisor, or that nobody listens there any more.
struct SeenState {
  std::optional<nlohmann::json> status;  ///< none: no answer
  bool nobody = false;                   ///< certainly no supervisor
};
SeenState look_at_state(const Context& context);

enum class Judgement { kNotYet, kReached, kNever };

struct Awaited {
  Judgement judgement = Judgement::kNotYet;  ///< kNotYet: the patience was over
  SeenState last;
};

/// Looks five times a second until `judge` has decided or `patience` is over, and shows on a
/// terminal what is being waited for.
Awaited await_state(const Context& context,
                    std::chrono::milliseconds patience,
                    const std::function<Judgement(const SeenState&)>& judge);

/// Why it is not ready, in the supervisor's words.
std::string reason(const SeenState& seen);

}  // namespace unified::cli
