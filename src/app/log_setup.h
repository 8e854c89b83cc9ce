#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "observe/log.h"
#include "render/nats_conf.h"

namespace unified::app {

/// The log as the settings want it, scrubbing every secret that they hold and the internal user's.
/// A default NATS_LOG_FILE that can't be opened becomes a warning. A set one is opened later, with
/// the lines that come; until then Log::file_problem() says why it is not.
Result<std::unique_ptr<observe::Log>> open_log(const config::Settings& settings,
                                               const render::InternalUser& internal,
                                               std::vector<std::string>& warnings);

}  // namespace unified::app
