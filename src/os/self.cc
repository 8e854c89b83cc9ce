#include "os/self.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "os/close_on_exec.h"
#include "os/file_text.h"
#include "os/handover_note.h"

namespace unified::os {

std::string own_program() {
  constexpr const char* kLink = "/proc/self/exe";
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink(kLink, error);
  return !error && std::filesystem::exists(program, error) ? program.string() : kLink;
}

std::vector<std::string> own_arguments() {
  std::vector<std::string> arguments;
  const auto text = read_text_file("/proc/self/cmdline");
  if (!text)
    return arguments;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = text->find('\0', begin);
    arguments.push_back(text->substr(begin, end - begin));
    if (end == std::string::npos)
      break;
    begin = end + 1;
  }
  return arguments;
}

bool process_exists(int pid) {
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

namespace {

std::string text_of(const UniqueFd& fd) {
  // NOLINTNEXTLINE(android-cloexec-dup): that the copy stays open is the point
  return std::to_string(fd ? ::dup(fd.get()) : -1);
}

}  // namespace

Error execute_again(const Handover& keep) {
  std::vector<std::string> arguments = own_arguments();
  const std::string program = own_program();
  if (arguments.empty())
    arguments.push_back(program);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  // Libraries open sockets without O_CLOEXEC: what would stay open would belong to nobody.
  close_all_on_exec();
  // An environment of its own: other threads may read ours.
  std::string note = fmt::format("{}={},{},{}", kHandoverNote, text_of(keep.lock),
                                 text_of(keep.control), text_of(keep.conf));
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.push_back(*variable);
  variables.push_back(note.data());
  variables.push_back(nullptr);
  ::execve(program.c_str(), pointers.data(), variables.data());
  return system_error("cannot execute " + program + " anew", errno);
}

}  // namespace unified::os
