#include "support/session_members.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace unified::test {

namespace {

// "PID (NAME) STATE PPID PGRP SESSION …"; the name may hold blanks and parentheses.
struct Stat {
  std::string name;
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
};

Stat read_stat(const std::filesystem::path& path) {
  std::ifstream file{path};
  // getline, because an iterator would throw when the process ends between open and read (ESRCH).
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos)
    return {};
  Stat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  std::istringstream{text.substr(close + 1)} >> stat.state >> stat.parent >> stat.group >>
      stat.session;
  return stat;
}

}  // namespace

std::vector<SessionMember> session_members(pid_t session) {
  std::vector<SessionMember> members;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc", gone}) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const Stat stat = read_stat(entry.path() / "stat");
    if (stat.session == session)
      members.push_back({.pid = std::stoi(pid),
                         .name = stat.name,
                         .zombie = stat.state == 'Z' || stat.state == 'X',
                         .parent = stat.parent,
                         .group = stat.group});
  }
  return members;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/task", gone}) {
    std::ifstream file{entry.path() / "children"};
    for (pid_t child = 0; file >> child;)
      children.push_back(child);
  }
  return children;
}

bool is_frozen(pid_t pid) {
  std::error_code gone;
  bool any = false;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/task", gone}) {
    any = true;
    if (read_stat(entry.path() / "stat").state != 'T')
      return false;
  }
  return any;
}

}  // namespace unified::test
