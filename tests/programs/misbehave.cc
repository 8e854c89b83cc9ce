// nats-server's double: does what its arguments say, in order. Ends by itself after a minute,
// whatever happens. Started as a supervisor starts nats-server (`-c FILE`) it takes its arguments
// from $MISBEHAVE, or from the file that `MISBEHAVE=@FILE` names; to `--version` it answers as
// nats-server does.
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
//   --say WORD         prints it                         --say-ready        nats-server's own line
//   --echo-signals     prints every signal it gets and goes on
//   --leave-slowly MS  on INT: waits, then exits with 0
//   --sleepers N       N orphans that end within 1 to 3 s and say so
//   --herd N           N orphans that all end at once when it gets USR1
//   --flood            lines without end
//   --core DIR         its core goes there
//   --mark-term FILE   on TERM: makes that file and ends
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

void leave_slowly(int milliseconds) {
  g_exit_code = milliseconds;
  std::signal(SIGINT, [](int) {
    const timespec rest{g_exit_code / 1000, (g_exit_code % 1000) * 1'000'000L};
    ::nanosleep(&rest, nullptr);
    ::_exit(0);
  });
}

void say_signal(int signal) {
  std::array<char, 16> text{"signal 00\n"};
  text[7] = static_cast<char>('0' + (signal / 10));
  text[8] = static_cast<char>('0' + (signal % 10));
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, text.data(), 10);
}

void echo_signals() {
  for (int signal = 1; signal < 32; ++signal)
    if (signal != SIGSEGV && signal != SIGCHLD)
      std::signal(signal, say_signal);  // KILL and STOP refuse: no matter
  print("echoing");
}

/// `count` grandchildren that outlive their parent; `body` is what each does, given its number.
template <typename Body>
void make_orphans_that(int count, Body body) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    for (int i = 0; i < count; ++i)
      if (::fork() == 0) {
        ::alarm(kLongestLife);
        body(i);
        ::_exit(0);
      }
    ::_exit(0);
  }
  ::waitpid(parent, nullptr, 0);
}

/// A third of them in groups of their own: nobody may touch those either.
void make_sleepers(int count) {
  make_orphans_that(count, [](int number) {
    if (number % 3 == 0)
      ::setpgid(0, 0);
    const pid_t group = ::getpgrp();
    sleep_for(1000 + (number * 7919) % 2000);
    print(group == ::getpgrp() ? "slept" : "group changed");
  });
}

volatile sig_atomic_t g_gate = -1;

/// They wait for the end of a pipe that only we hold open.
void make_herd(int count) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    std::exit(70);
  g_gate = ends[1];
  std::signal(SIGUSR1, [](int) { ::close(g_gate); });
  make_orphans_that(count, [&ends](int) {
    ::close(ends[1]);
    char byte = 0;
    [[maybe_unused]] const ssize_t got = ::read(ends[0], &byte, 1);
  });
}

void flood() {
  for (std::string line(200, 'x');;)
    print(line);
}

void make_orphans(int count) {
  make_orphans_that(count, [](int) {});
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
    {"--exit", [](int n) { std::exit(n); }},
    {"--signal", die_by},
    {"--sleep", sleep_for},
    {"--exit-on-int", exit_on_int},
    {"--orphan", make_orphans},
    {"--leave-slowly", leave_slowly},
    {"--sleepers", make_sleepers},
    {"--herd", make_herd},
};

const std::map<std::string, std::function<void()>> kPlain{
    {"--abort", fault},
    {"--ignore-term",
     [] {
       std::signal(SIGTERM, SIG_IGN);
       std::signal(SIGINT, SIG_IGN);
     }},
    {"--echo-signals", echo_signals},
    {"--flood", flood},
    {"--say-ready", [] { print("[1] 2026/01/01 00:00:00.000000 [INF] Server is ready"); }},
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

void dump_core_in(const std::string& directory) {
  const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_CORE, &limit);
  std::filesystem::current_path(directory);
}

std::string g_mark;

void mark_term(const std::string& path) {
  g_mark = path;
  std::signal(SIGTERM, [](int) {
    ::close(::open(g_mark.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::_exit(0);
  });
}

const std::map<std::string, std::function<void(const std::string&)>> kWithText{
    {"--mark-term", mark_term},
    {"--say", print},
    {"--core", dump_core_in},
};

/// What $MISBEHAVE says; it may change between two starts when it is a file.
std::vector<std::string> script() {
  const char* const given = std::getenv("MISBEHAVE");
  std::string text = given == nullptr ? "" : given;
  if (text.starts_with('@')) {
    std::ifstream file{text.substr(1)};
    text.assign(std::istreambuf_iterator<char>{file}, {});
  }
  std::istringstream words{text};
  return {std::istream_iterator<std::string>{words}, {}};
}

/// Whether the option is known and done; moves `at` behind its value.
bool obey(const std::vector<std::string>& arguments, std::size_t& at) {
  const std::string& option = arguments[at];
  if (const auto plain = kPlain.find(option); plain != kPlain.end()) {
    plain->second();
    return true;
  }
  if (at + 1 >= arguments.size())
    return false;
  if (const auto numbered = kWithNumber.find(option); numbered != kWithNumber.end()) {
    numbered->second(std::atoi(arguments[++at].c_str()));
    return true;
  }
  if (const auto texted = kWithText.find(option); texted != kWithText.end()) {
    texted->second(arguments[++at]);
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  ::alarm(kLongestLife);
  std::vector<std::string> arguments{argv + 1, argv + argc};
  if (arguments == std::vector<std::string>{"--version"}) {
    print("nats-server: v2.10.27");
    return 0;
  }
  if (!arguments.empty() && arguments[0] == "-c")
    arguments = script();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--print-args") {
      for (int k = 0; k < argc; ++k)
        print(argv[k]);
    } else if (arguments[i] == "--print-env") {
      for (char** entry = environ; *entry != nullptr; ++entry)
        print(*entry);
    } else if (!obey(arguments, i)) {
      std::fprintf(stderr, "misbehave: unknown option %s\n", arguments[i].c_str());
      return 64;
    }
  }
  return 0;
}
