#include "support/session_members.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace unified::test {

std::vector<SessionMember> session_members(pid_t session) {
  std::vector<SessionMember> members;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc", gone}) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos)
      continue;
    std::ifstream file{entry.path() / "stat"};
    const std::string stat{std::istreambuf_iterator<char>{file}, {}};
    // "PID (NAME) STATE PPID PGRP SESSION …"; the name may hold blanks and parentheses.
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos)
      continue;
    std::istringstream rest{stat.substr(close + 1)};
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    pid_t own_session = 0;
    rest >> state >> parent >> group >> own_session;
    if (own_session == session)
      members.push_back({.pid = std::stoi(pid),
                         .name = stat.substr(open + 1, close - open - 1),
                         .zombie = state == 'Z' || state == 'X'});
  }
  return members;
}

}  // namespace unified::test
