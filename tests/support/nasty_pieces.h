#pragma once

#include <string>
#include <vector>

namespace unified::test {

/// Everything that means something to nats.conf, mustache, dotenv, JSON or a shell, and letters of
/// other alphabets: to be joined at random.
const std::vector<std::string>& nasty_pieces();

}  // namespace unified::test
