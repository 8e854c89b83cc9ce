// leave_early URL inbox|connection|request|lost [SERVER_PID]
//
// Destroys what a message is just being passed on to (late_delivery.so is preloaded, and makes that
// take a while): an inbox; an inbox and its connection; a connection to which the answer to a
// request comes that was given up; an inbox and its connection after the server was killed.
#include <dlfcn.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "jetstream/nats/connection.h"
#include "jetstream/nats/module.h"

namespace {

using namespace std::chrono_literals;
using unified::Result;
using unified::nats::Connection;
using unified::nats::Inbox;
using unified::nats::InboxKind;

template <typename T>
T value_of(Result<T> result) {
  if (result)
    return *std::move(result);
  (void)std::fprintf(stderr, "leave_early: %s\n", result.error().message.c_str());
  std::_Exit(1);
}

void check(const Result<void>& result) {
  if (result)
    return;
  (void)std::fprintf(stderr, "leave_early: %s\n", result.error().message.c_str());
  std::_Exit(1);
}

/// After this a delivery that was held has come to its end, or to a crash.
constexpr auto kDelivered = 400ms;

void wait_until_held() {
  auto* const held = reinterpret_cast<int (*)()>(::dlsym(RTLD_DEFAULT, "unified_deliveries_held"));
  for (int i = 0; held != nullptr && i < 5000; ++i) {
    if (held() > 0)
      return;
    std::this_thread::sleep_for(1ms);
  }
  (void)std::fputs("leave_early: no message was held\n", stderr);
  std::_Exit(1);
}

/// The answer to a request of `asker` comes when it is not waited for any more.
void answer_late(Connection& asker, Connection& other) {
  const auto questions = value_of(other.open_inbox(InboxKind::kExact, {}));
  if (asker.request(questions->prefix(), "", 1ms)) {
    (void)std::fputs("leave_early: an answer came before it was given\n", stderr);
    std::_Exit(1);
  }
  const auto question = value_of(questions->next(5s));
  check(other.send(question ? question->reply : "", {}, "late", {}));
  wait_until_held();
}

std::unique_ptr<Inbox> deliver_late(Connection& receiver, Connection& other) {
  auto inbox = value_of(receiver.open_inbox(InboxKind::kExact, {}));
  check(other.send(inbox->prefix(), {}, "late", {}));
  wait_until_held();
  return inbox;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 64;
  const auto module = value_of(unified::nats::Module::open());
  const std::string what = argv[2];
  const unified::nats::ConnectOptions options{.url = argv[1], .max_reconnect = 0};
  auto one = value_of(module->connect(options, {}));
  const auto other = value_of(module->connect(options, {}));
  if (what == "request") {
    answer_late(*one, *other);
  } else {
    auto inbox = deliver_late(*one, *other);
    if (what == "lost")
      (void)::kill(static_cast<pid_t>(std::strtol(argv[argc - 1], nullptr, 10)), SIGKILL);
    inbox.reset();
    if (what == "inbox")
      std::this_thread::sleep_for(kDelivered);
  }
  one.reset();
  std::this_thread::sleep_for(kDelivered);
  (void)std::puts("left");
  return 0;
}
