#include "supervise/start_end.h"

#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

struct EndRow {
  const char* said;
  int code;
  StartEnd end;
};

// Words of 2.9.10, 2.10.27 and 2.15.1, as real servers said them.
const EndRow kEndRows[] = {
    {"nats-server: websocket requires TLS configuration", 1, StartEnd::kRefused},
    {R"(nats-server: a.conf:2:1: unknown field "bogus")", 1, StartEnd::kRefused},
    {R"(nats-server: a.conf:2:1: unknown field "timeout")", 1, StartEnd::kRefused},
    {"nats-server: Parse error on line 3: 'Unexpected EOF processing map.'", 1, StartEnd::kRefused},
    {R"(nats-server: cannot find local account "NOPE" specified in leafnode remote)", 1,
     StartEnd::kRefused},
    {R"(nats-server: unrecognized command: "positional")", 1, StartEnd::kRefused},
    {"nats-server: v2.15.1", 0, StartEnd::kRefused},
    {"flag provided but not defined: -bogus", 0, StartEnd::kRefused},
    {R"(invalid value "abc" for flag -profile: parse error)", 0, StartEnd::kRefused},
    {R"(invalid boolean value "perhaps" for -no_advertise: parse error)", 0, StartEnd::kRefused},
    {"error starting profiler: listen tcp: address 99999999: invalid port", 1, StartEnd::kRefused},
    {"Unable to listen for websocket connections: listen tcp: address 99999: invalid port", 1,
     StartEnd::kRefused},
    {"Not allowed to enable JetStream on the system account", 1, StartEnd::kRefused},
    {"Can't start JetStream: Error enabling jetstream on configured accounts: insufficient memory "
     "resources available (10028)",
     1, StartEnd::kRefused},
    {"Can't start JetStream: JetStream cluster requires configured routes or solicited leafnode "
     "for the system account",
     1, StartEnd::kRefused},
    // Waiting may mend these.
    {R"(Error listening on port: 127.0.0.1:4222, "listen tcp 127.0.0.1:4222: bind: address already in use")",
     1, StartEnd::kUnexplained},
    {"Error listening on leafnode port: 14997 - listen tcp 203.0.113.9:14997: bind: cannot assign "
     "requested address",
     1, StartEnd::kUnexplained},
    {R"(nats-server: could not fetch <"http://h:9/jwt/v1/">: Get "http://h:9/jwt/v1/": dial tcp 127.0.0.1:9: connect: connection refused)",
     1, StartEnd::kUnexplained},
    {"nats-server: open /run/nats.conf: no such file or directory", 1, StartEnd::kUnexplained},
    {"Can't start JetStream: could not create storage directory - mkdir /x: permission denied", 1,
     StartEnd::kUnexplained},
    // The exit code does not fit.
    {"nats-server: websocket requires TLS configuration", 2, StartEnd::kUnexplained},
    {"Initiating Shutdown...", 0, StartEnd::kAskedToStop},
};

TEST(StartEndTest, IsJudgedByTheWordsAndTheExitCodeTogether) {
  for (const EndRow& row : kEndRows)
    EXPECT_EQ(judge_start_end({"a warning", row.said}, ExitStatus::exited(row.code)), row.end)
        << row.said;
  EXPECT_EQ(judge_start_end({kEndRows[0].said}, ExitStatus::signaled(SIGKILL)),
            StartEnd::kUnexplained);
  EXPECT_EQ(judge_start_end({}, ExitStatus::exited(1)), StartEnd::kUnexplained);
}

void end_start(Life& life, int code, StartEnd why) {
  life.feed(ChildExited{life.state.incarnation, ExitStatus::exited(code), why});
}

TEST(StartEndTest, WhatWasNeverTakenEndsAtOnceWhateverThePolicy) {
  for (const Policy::Restart policy :
       {Policy::Restart::kAlways, Policy::Restart::kOnFailure, Policy::Restart::kNever})
    for (const int code : {0, 1}) {
      Life life;
      life.policy.restart = policy;
      life.start();
      life.spawned();
      end_start(life, code, StartEnd::kRefused);
      EXPECT_EQ(life.exit_code(), 78);
    }
}

/// A certificate that it names is being replaced, or somebody edits NATS_EXTRA_CONFIG_FILE: what
/// runs from memory must not go down for good with it.
TEST(StartEndTest, WhatWasTakenOnceIsTriedAgain) {
  Life life;
  life.start_to_running();
  life.exited(ExitStatus::signaled(SIGKILL));
  life.fire(Timer::kBackoff);
  life.spawned();
  end_start(life, 1, StartEnd::kRefused);
  EXPECT_EQ(life.exit_code(), std::nullopt);
  EXPECT_EQ(life.state.phase, Phase::kBackoff);
}

TEST(StartEndTest, AServerThatSomebodyStoppedDuringItsStartIsNoWrongConfiguration) {
  Life life;
  life.start();
  life.spawned();
  end_start(life, 0, StartEnd::kAskedToStop);
  EXPECT_EQ(life.exit_code(), 0);
}

}  // namespace
}  // namespace unified::supervise
