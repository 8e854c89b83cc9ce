#include "app/start_patience.h"

#include <utility>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::app {

std::optional<Failure> StartPatience::failed(const std::string& why,
                                             bool may_pass,
                                             TimePoint now) const {
  if (!may_pass)
    return Failure{kExitConfiguration, {why}};
  if (now - begun_ >= init_timeout_)
    return Failure{kExitRestartsSpent, {why}};
  return std::nullopt;
}

std::string StartPatience::line_to_tell(const std::string& why) {
  if (std::exchange(told_, why) == why)
    return {};
  return fmt::format("{}: waiting up to INIT_TIMEOUT ({}) for it to pass", why,
                     format_duration(init_timeout_));
}

}  // namespace unified::app
