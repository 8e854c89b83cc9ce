#pragma once

#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "observe/log.h"

namespace unified::app {

/// Runs the reactor's handlers until there is an exit code. PID 1 never throws out of its loop: an
/// exception is a bug or a lack of memory in one handler, and the next goes on.
void run_until_ended(boost::asio::io_context& reactor,
                     const std::optional<int>& exit_code,
                     observe::Log& log);

/// Who asked for the end over the control socket is to hear that it was accepted: `task` comes a
/// moment later, on the reactor.
void after_the_answer(boost::asio::io_context& reactor, std::function<void()> task);

}  // namespace unified::app
