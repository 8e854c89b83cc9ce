// nats-server's double: does what its arguments say, in order. Ends by itself after a minute,
// whatever happens.
//
//   --exit N           exits with N                      --print-pid        its pid
//   --signal N         kills itself with signal N        --print-pgid       its process group
//   --abort            SIGSEGV by a real fault           --print-cwd        its working directory
//   --sleep MS         waits; 0: for ever                --print-env        its environment
//   --ignore-term      deaf to TERM and INT              --print-args       its arguments
//   --exit-on-int N    exits with N on INT               --print-status     signal lines of
//   /proc/self/status
//   --stop             stops itself                      --print-fds        its open descriptors
//   --orphan N         N orphans that end at once        --print-pdeath     its parent death signal
//   --grandchild       a child that sleeps for ever, holding stdout
//   --daemon           the same in a session of its own
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>

namespace {

constexpr unsigned kLongestLife = 60;
volatile sig_atomic_t g_exit_code = 0;

void print(const std::string& text) {
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void wait_for_ever() {
  for (;;)
    ::pause();
}

void sleep_for(int milliseconds) {
  if (milliseconds == 0)
    wait_for_ever();
  std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
}

void die_by(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void fault() {
  volatile int* nowhere = nullptr;
  *nowhere = 1;  // NOLINT: on purpose
}

void exit_on_int(int code) {
  g_exit_code = code;
  std::signal(SIGINT, [](int) { ::_exit(g_exit_code); });
}

/// `count` grandchildren whose parent ends first, so that they fall to the next subreaper or PID 1.
void make_orphans(int count) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    for (int i = 0; i < count; ++i)
      if (::fork() == 0)
        ::_exit(0);
    ::_exit(0);
  }
  ::waitpid(parent, nullptr, 0);
}

void make_grandchild(bool own_session) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(kLongestLife);
    if (own_session)
      ::setsid();
    wait_for_ever();
  }
  print(std::to_string(pid));
}

void print_status() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Sig"))
      print(line);
}

void print_fds() {
  std::string list;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) != -1)
      list += (list.empty() ? "" : " ") + std::to_string(fd);
  print(list);
}

void print_pdeath() {
  int signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal);
  print(std::to_string(signal));
}

const std::map<std::string, std::function<void(int)>> kWithNumber{
    {"--exit", [](int n) { std::exit(n); }}, {"--signal", die_by},       {"--sleep", sleep_for},
    {"--exit-on-int", exit_on_int},          {"--orphan", make_orphans},
};

const std::map<std::string, std::function<void()>> kPlain{
    {"--abort", fault},
    {"--ignore-term",
     [] {
       std::signal(SIGTERM, SIG_IGN);
       std::signal(SIGINT, SIG_IGN);
     }},
    {"--stop", [] { std::raise(SIGSTOP); }},
    {"--grandchild", [] { make_grandchild(false); }},
    {"--daemon", [] { make_grandchild(true); }},
    {"--print-pid", [] { print(std::to_string(::getpid())); }},
    {"--print-pgid", [] { print(std::to_string(::getpgrp())); }},
    {"--print-cwd", [] { print(std::filesystem::current_path()); }},
    {"--print-status", print_status},
    {"--print-fds", print_fds},
    {"--print-pdeath", print_pdeath},
};

}  // namespace

int main(int argc, char** argv) {
  ::alarm(kLongestLife);
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (const auto plain = kPlain.find(option); plain != kPlain.end()) {
      plain->second();
    } else if (const auto numbered = kWithNumber.find(option);
               numbered != kWithNumber.end() && i + 1 < argc) {
      numbered->second(std::atoi(argv[++i]));
    } else if (option == "--print-args") {
      for (int k = 0; k < argc; ++k)
        print(argv[k]);
    } else if (option == "--print-env") {
      for (char** entry = environ; *entry != nullptr; ++entry)
        print(*entry);
    } else {
      std::fprintf(stderr, "misbehave: unknown option %s\n", option.c_str());
      return 64;
    }
  }
  return 0;
}
