// Executes a program in odd surroundings: surround OPTION… -- PROGRAM ARGUMENT…
//
//   --block N         signal N is blocked          --full-stdout     stdout and stderr: a full pipe
//   --ignore N        signal N is ignored                            that nobody reads
//   --open-fds        3 to 20 are open             --broken-stdout   a pipe whose reader is gone
//   --uid N           as that user and group, without capabilities
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

void open_descriptors() {
  const int null = ::open("/dev/null", O_RDONLY);
  for (int fd = 3; fd <= 20; ++fd)
    if (fd != null)
      ::dup2(null, fd);
}

/// The read end stays open in the program that is executed: the pipe is full, not broken.
void write_to_a_pipe(bool full) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    std::exit(70);
  if (full) {
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    const std::array<char, 4096> page{};
    while (::write(ends[1], page.data(), page.size()) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
  } else {
    ::close(ends[0]);
  }
  ::dup2(ends[1], STDOUT_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
}

void become_user(unsigned id) {
  if (::setgroups(0, nullptr) != 0 || ::setgid(id) != 0 || ::setuid(id) != 0) {
    std::perror("surround: cannot change the user");
    std::exit(70);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int i = 1;
  for (; i < argc && std::string{argv[i]} != "--"; ++i) {
    const std::string option = argv[i];
    if (option == "--open-fds")
      open_descriptors();
    else if (option == "--full-stdout")
      write_to_a_pipe(true);
    else if (option == "--broken-stdout")
      write_to_a_pipe(false);
    else if (option == "--block" && i + 1 < argc)
      block(std::atoi(argv[++i]));
    else if (option == "--ignore" && i + 1 < argc)
      std::signal(std::atoi(argv[++i]), SIG_IGN);
    else if (option == "--uid" && i + 1 < argc)
      become_user(static_cast<unsigned>(std::atoi(argv[++i])));
    else
      return 64;
  }
  if (i + 1 >= argc)
    return 64;
  ::execvp(argv[i + 1], argv + i + 1);
  std::perror("surround: cannot execute");
  return 127;
}
