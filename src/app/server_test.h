#pragma once

#include <string>
#include <vector>

#include "app/failure.h"
#include "app/preparation.h"
#include "base/result.h"

namespace unified::app {

/// `nats-server -t` on the rendered file, in a private temporary directory that is removed again,
/// with the arguments that a start would add. The failure has the server's last words (exit code
/// 78); one of the temporary directory that may pass, such as a lack of room, says nothing about
/// the file (exit code 75). Blocks up to 10 s; not for the reactor.
Result<void, Failure> test_conf(const Preparation& ready,
                                const std::vector<std::string>& arguments);

}  // namespace unified::app
