#include "supervise/cause.h"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

Evidence failed_start() {
  Evidence evidence;
  evidence.incident.kind = Incident::Kind::kFailedStart;
  evidence.incident.exit = ExitStatus::exited(1);
  evidence.store_dir = "/data/jetstream";
  evidence.ports = {{"NATS_PORT", "NATS_HOST", 4222, "python3 (pid 12)"},
                    {"NATS_HTTP_PORT", "NATS_HTTP_HOST", 8222, std::nullopt}};
  evidence.stored_streams = {"S1"};
  return evidence;
}

Evidence crash(ExitStatus exit) {
  Evidence evidence = failed_start();
  evidence.incident.kind = Incident::Kind::kCrash;
  evidence.incident.was_ready = true;
  evidence.incident.exit = exit;
  return evidence;
}

struct Row {
  const char* said;
  CauseKind kind;
  bool confirmed;
  const char* in_text;
  const char* in_advice;
};

// Words of 2.9.10, 2.10.27 and 2.15.1, as real servers said them.
const Row kRows[] = {
    {R"(Error listening on port: 127.0.0.1:4222, "listen tcp 127.0.0.1:4222: bind: address already in use")",
     CauseKind::kPortTaken, true, "NATS_PORT=4222 is used by another process: python3 (pid 12)",
     "set NATS_PORT to a free port"},
    {"Can't start monitoring: can't listen to the monitor port: listen tcp 127.0.0.1:8222: bind: "
     "address already in use",
     CauseKind::kPortTaken, false, "NATS_HTTP_PORT=8222 was used by another process",
     "NATS_HTTP_PORT"},
    {"Error listening on router port: 47001 - listen tcp 127.0.0.1:47001: bind: address already in "
     "use",
     CauseKind::kPortTaken, false, "127.0.0.1:47001", "another port"},
    {R"(Error listening on port: 10.99.99.99:4222, "listen tcp 10.99.99.99:4222: bind: cannot assign requested address")",
     CauseKind::kAddress, true, "NATS_HOST can't be listened on", "NATS_HOST"},
    {R"(Error listening on port: x.invalid:4222, "listen tcp: lookup x.invalid on 10.0.0.53:53: no such host")",
     CauseKind::kAddress, true, "NATS_HOST", "0.0.0.0"},
    {R"(Error listening on port: 127.0.0.1:80, "listen tcp 127.0.0.1:80: bind: permission denied")",
     CauseKind::kAddress, true, "permission denied", "CAP_NET_BIND_SERVICE"},
    {"Can't start JetStream: could not create storage directory - mkdir /data/jetstream/jetstream: "
     "permission denied",
     CauseKind::kStore, false, "the store /data/jetstream can't be used", "JETSTREAM_STORE_DIR"},
    {"Can't start JetStream: storage directory is not writable", CauseKind::kStore, false,
     "not writable", "JETSTREAM_STORE_DIR"},
    {"Can't start JetStream: storage directory is not a directory", CauseKind::kStore, false,
     "not a directory", "JETSTREAM_STORE_DIR"},
    {"Can't start JetStream: could not create storage directory - mkdir /data/jetstream/jetstream: "
     "read-only file system",
     CauseKind::kStore, false, "read-only", "JETSTREAM_STORE_DIR"},
    {R"(nats-server: a.conf:2:1: unknown field "bogus")", CauseKind::kConfiguration, true, "bogus",
     "validate"},
    {"nats-server: Parse error on line 3: 'Unexpected EOF processing map.'",
     CauseKind::kConfiguration, true, "Parse error", "render"},
    {"nats-server: jetstream cluster requires `server_name` to be set", CauseKind::kConfiguration,
     true, "server_name", "validate"},
    {"nats-server: a.conf:2:1: error parsing X509 certificate/key pair: open nope: no such file or "
     "directory",
     CauseKind::kConfiguration, true, "X509", "validate"},
    {"Could not write pidfile: open /nope/x: no such file or directory", CauseKind::kConfiguration,
     true, "pidfile", "validate"},
    {R"(  Stream metafile "/data/jetstream/jetstream/$G/streams/S1/meta.inf": checksums do not match "a" vs "b")",
     CauseKind::kDamagedStream, true, "the stream S1 in /data/jetstream is damaged", "backup"},
    {R"(  Error reading metafile "/data/jetstream/jetstream/$G/streams/S9/meta.inf": open: permission denied)",
     CauseKind::kDamagedStream, false, "found a damaged stream", "copy"},
    {"  Error decrypting our stream metafile: cipher: message authentication failed",
     CauseKind::kEncryption, false, "another key", "JETSTREAM_ENCRYPTION_KEY"},
    {"  Error decrypting our stream metafile: unable to recover keys", CauseKind::kEncryption,
     false, "another key", "JETSTREAM_ENCRYPTION_KEY"},
    {"JetStream failed to store a msg on stream '$G > S0': write /s/msgs/2.blk: no space left on "
     "device",
     CauseKind::kDiskFull, false, "now there is some", "quota"},
};

TEST(CauseTest, FindsItInTheWordsOfAServerThatDoesNotStart) {
  for (const Row& row : kRows) {
    Evidence evidence = failed_start();
    evidence.said = {"something before", row.said};
    const Cause cause = find_cause(evidence);
    EXPECT_EQ(to_text(cause.kind), to_text(row.kind)) << row.said;
    EXPECT_EQ(!cause.confirmed_by.empty(), row.confirmed) << row.said;
    EXPECT_NE(cause.text.find(row.in_text), std::string::npos) << cause.text;
    EXPECT_NE(cause.advice.find(row.in_advice), std::string::npos) << cause.advice;
  }
}

TEST(CauseTest, AFullDiskIsConfirmedByTheFileSystem) {
  Evidence evidence = crash(ExitStatus::exited(2));
  evidence.said = {"write /s/msgs/2.blk: no space left on device"};
  evidence.disk =
      DiskSeen{.free_bytes = 0, .total_bytes = 1 << 30, .free_inodes = 9, .total_inodes = 9};
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kDiskFull);
  EXPECT_EQ(find_cause(evidence).confirmed_by, "the file system");
  evidence.disk =
      DiskSeen{.free_bytes = 1 << 30, .total_bytes = 1 << 30, .free_inodes = 0, .total_inodes = 9};
  EXPECT_NE(find_cause(evidence).text.find("no inode left"), std::string::npos);
}

TEST(CauseTest, AFullDiskAloneIsNoCause) {
  Evidence evidence = crash(ExitStatus::exited(2));
  evidence.disk =
      DiskSeen{.free_bytes = 0, .total_bytes = 1 << 30, .free_inodes = 9, .total_inodes = 9};
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kUnknown);
}

TEST(CauseTest, StoreTroubleOfOurOwnConfirms) {
  Evidence evidence = failed_start();
  evidence.said = {"Can't start JetStream: storage directory is not writable"};
  evidence.store_trouble = "uid 1000 can't write it";
  EXPECT_EQ(find_cause(evidence).confirmed_by, "uid 1000 can't write it");
}

TEST(CauseTest, OutOfMemoryNeedsTheKillAndTheCgroupsCount) {
  Evidence evidence = crash(ExitStatus::signaled(SIGKILL));
  evidence.oom_kills = 1;
  evidence.memory_limit = 67108864;
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kOutOfMemory);
  EXPECT_FALSE(find_cause(evidence).confirmed_by.empty());
  evidence.oom_kills = 0;
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kSignal);
  EXPECT_EQ(find_cause(evidence).confirmed_by, "the cgroup counts no OOM kill");
  evidence.oom_kills.reset();
  EXPECT_EQ(find_cause(evidence).confirmed_by, "");
  evidence = crash(ExitStatus::exited(2));
  evidence.oom_kills = 1;  // another process of the cgroup's
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kUnknown);
}

TEST(CauseTest, WhoIsKilledFromOutsideDidNotEndByWhatItSaidBefore) {
  Evidence evidence = crash(ExitStatus::signaled(SIGKILL));
  evidence.said = {kRows[15].said};
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kSignal);
}

TEST(CauseTest, AStopByOthersIsNamed) {
  for (const int code : {0, 1}) {
    Evidence evidence = crash(ExitStatus::exited(code));
    evidence.said = {kRows[15].said, "Initiating Shutdown..."};
    EXPECT_EQ(find_cause(evidence).kind, CauseKind::kStoppedByOthers);
  }
}

TEST(CauseTest, GoRuntimesEnds) {
  const std::pair<const char*, CauseKind> rows[] = {
      {"panic: runtime error: index out of range [3] with length 2", CauseKind::kServerBug},
      {"fatal error: concurrent map writes", CauseKind::kServerBug},
      {"fatal error: runtime: out of memory", CauseKind::kOutOfMemory},
      {"fatal error: failed to reserve page summary memory", CauseKind::kOutOfMemory},
      {"runtime/cgo: pthread_create failed: Resource temporarily unavailable", CauseKind::kLimits}};
  for (const auto& [line, kind] : rows) {
    Evidence evidence = crash(ExitStatus::exited(2));
    evidence.said = {line};
    EXPECT_EQ(find_cause(evidence).kind, kind) << line;
    EXPECT_FALSE(find_cause(evidence).confirmed_by.empty()) << line;
  }
}

TEST(CauseTest, AHangOnAFullDiskIsTheDisks) {
  Evidence evidence = crash(ExitStatus::exited(2));
  evidence.incident.kind = Incident::Kind::kHung;
  evidence.hung_why = "no answer from its monitor port";
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kHung);
  EXPECT_NE(find_cause(evidence).text.find("no answer from its monitor port"), std::string::npos);
  evidence.said = {"no space left on device"};
  evidence.disk =
      DiskSeen{.free_bytes = 4096, .total_bytes = 1 << 30, .free_inodes = 9, .total_inodes = 9};
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kDiskFull);
}

TEST(CauseTest, AStartThatFailsInTheKernel) {
  Evidence evidence = failed_start();
  evidence.incident.kind = Incident::Kind::kCannotStart;
  evidence.incident.exit.reset();
  evidence.server_binary = "/bin/nats";
  const std::pair<int, CauseKind> rows[] = {
      {ENOENT, CauseKind::kExecutable},  {EACCES, CauseKind::kExecutable},
      {ENOEXEC, CauseKind::kExecutable}, {EAGAIN, CauseKind::kLimits},
      {EMFILE, CauseKind::kLimits},      {ENOMEM, CauseKind::kOutOfMemory}};
  for (const auto& [error, kind] : rows) {
    evidence.incident.spawn_error = error;
    EXPECT_EQ(find_cause(evidence).kind, kind) << error;
    EXPECT_FALSE(find_cause(evidence).advice.empty());
  }
}

TEST(CauseTest, WithoutAWordItSaysHowItEnded) {
  EXPECT_EQ(find_cause(failed_start()).text, "nats-server exited with code 1 before it was ready");
  Evidence evidence = crash(ExitStatus::signaled(SIGSEGV));
  EXPECT_EQ(find_cause(evidence).text, "nats-server killed by signal 11 (SEGV)");
  evidence.incident.kind = Incident::Kind::kUnkillable;
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kDiskSilent);
}

TEST(CauseTest, ADumpThatSomebodyElseAskedForIsASignal) {
  Evidence evidence = crash(ExitStatus::exited(2));
  evidence.said = {"Temporary Client Accept Error (accept tcp: too many open files), sleeping 10ms",
                   "SIGQUIT: quit", "PC=0x47aee1 m=0 sigcode=0"};
  const Cause cause = find_cause(evidence);
  EXPECT_EQ(cause.kind, CauseKind::kSignal);
  EXPECT_NE(cause.text.find("SIGQUIT"), std::string::npos);
  EXPECT_FALSE(cause.confirmed_by.empty());
}

TEST(CauseTest, DescriptorsThatRanOutLongAgoAreNoCause) {
  Evidence evidence = crash(ExitStatus::exited(2));
  evidence.said = {"Temporary Client Accept Error (accept tcp: too many open files), sleeping 10ms",
                   "SIGABRT: abort"};
  EXPECT_EQ(find_cause(evidence).kind, CauseKind::kServerBug);
}

}  // namespace
}  // namespace unified::supervise
