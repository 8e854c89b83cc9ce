#include "supervise/cause_words.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/parse.h"
#include "supervise/start_end.h"

namespace unified::supervise {
namespace {

/// Below it a write of nats-server's (a block's piece, an index) may fail.
constexpr std::int64_t kNoRoom = std::int64_t{16} * 1024 * 1024;

using Words = std::span<const std::string_view>;

/// The newest line with one of the words, if any.
const std::string* last_with(const std::vector<std::string>& said, Words words) {
  for (const std::string& line : std::views::reverse(said))
    if (std::ranges::any_of(
            words, [&line](std::string_view word) { return line.find(word) != std::string::npos; }))
      return &line;
  return nullptr;
}

bool ended_with(const Evidence& evidence, int code) {
  const auto& exit = evidence.incident.exit;
  return exit && !exit->is_signaled() && exit->code() == code;
}

std::string code_1(const Evidence& evidence) {
  return ended_with(evidence, 1) && !evidence.incident.was_ready ? "exit code 1 before it was ready"
                                                                 : "";
}

// ---- one rule a cause: words, then the second source

constexpr auto kDiskFullWords =
    std::to_array<std::string_view>({"no space left on device", "disk quota exceeded"});
std::optional<Cause> disk_full(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kDiskFullWords);
  if (line == nullptr)
    return std::nullopt;
  Cause cause{CauseKind::kDiskFull, {}, "", ""};
  cause.advice = "free space on the store's disk or enlarge it; JETSTREAM_MAX_FILE must fit on it";
  if (evidence.disk && evidence.disk->free_bytes < kNoRoom) {
    cause.text = fmt::format("the disk of {} is full: {} of {} free", evidence.store_dir,
                             format_bytes(evidence.disk->free_bytes),
                             format_bytes(evidence.disk->total_bytes));
    cause.confirmed_by = "the file system";
  } else if (evidence.disk && evidence.disk->total_inodes > 0 && evidence.disk->free_inodes == 0) {
    cause.text = fmt::format("the disk of {} has no inode left", evidence.store_dir);
    cause.advice = "remove files from the store's file system, or make one with more inodes";
    cause.confirmed_by = "the file system";
  } else {
    cause.text = "nats-server found no space on the disk, and now there is some: " + *line;
    cause.advice = "a quota, another disk (NATS_LOG_FILE), or space that came back: look at them";
  }
  return cause;
}

constexpr auto kPortWords = std::to_array<std::string_view>({"address already in use"});
std::optional<Cause> port_taken(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kPortWords);
  if (line == nullptr)
    return std::nullopt;
  Cause cause{CauseKind::kPortTaken, "a port of nats-server's is used by another process: " + *line,
              "stop that process, or choose another port", ""};
  for (const PortUse& port : evidence.ports) {
    if (line->find(fmt::format(":{}: bind", port.port)) == std::string::npos)
      continue;
    cause.text = fmt::format("{}={} was used by another process", port.variable, port.port);
    if (port.holder) {
      cause.text = fmt::format("{}={} is used by another process: {}", port.variable, port.port,
                               *port.holder);
      cause.confirmed_by = "the kernel's table of listeners";
    }
    cause.advice = fmt::format("stop that one, or set {} to a free port", port.variable);
  }
  return cause;
}

constexpr auto kAddressWords = std::to_array<std::string_view>(
    {"cannot assign requested address", "no such host", "bind: permission denied",
     "Temporary failure in name resolution", "server misbehaving", "bind: invalid argument"});
std::optional<Cause> address(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kAddressWords);
  if (line == nullptr)
    return std::nullopt;
  Cause cause{CauseKind::kAddress, "nats-server can't listen: " + *line,
              "set the address to one of this machine, or to 0.0.0.0", code_1(evidence)};
  for (const PortUse& port : evidence.ports)
    if (line->find(fmt::format(":{}", port.port)) != std::string::npos) {
      cause.text = fmt::format("{} can't be listened on: {}", port.address, *line);
      cause.advice =
          fmt::format("set {} to an address of this machine, or to 0.0.0.0", port.address);
    }
  if (line->find("permission denied") != std::string::npos)
    cause.advice =
        "ports below 1024 need a privilege: choose a higher one, or give CAP_NET_BIND_SERVICE";
  return cause;
}

constexpr auto kStoreWords = std::to_array<std::string_view>(
    {"could not create storage directory", "storage directory is not",
     "could not determine storage directory", "input/output error", "read-only file system"});
std::optional<Cause> store(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kStoreWords);
  if (line == nullptr)
    return std::nullopt;
  Cause cause{
      CauseKind::kStore, fmt::format("the store {} can't be used: {}", evidence.store_dir, *line),
      "make JETSTREAM_STORE_DIR a directory that the user who runs nats-server can write", ""};
  if (line->find("input/output error") != std::string::npos)
    cause.advice = "the disk fails: look at dmesg, and restore from a backup on a sound one";
  if (!evidence.store_trouble.empty())
    cause.confirmed_by = evidence.store_trouble;
  return cause;
}

/// The stored stream that the line names, by its folder or as 'ACCOUNT > NAME'.
const std::string* stream_in(const std::string& line, const std::vector<std::string>& streams) {
  const auto found = std::ranges::find_if(streams, [&line](const std::string& name) {
    return line.find("/streams/" + name + "/") != std::string::npos ||
           line.find("> " + name + "'") != std::string::npos ||
           line.find("\"" + name + "\"") != std::string::npos;
  });
  return found == streams.end() ? nullptr : &*found;
}

constexpr auto kKeyWords = std::to_array<std::string_view>(
    {"Error decrypting", "encryption not enabled", "unable to recover keys"});
std::optional<Cause> encryption(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kKeyWords);
  if (line == nullptr || evidence.incident.was_ready)
    return std::nullopt;
  return Cause{CauseKind::kEncryption, "the store is encrypted with another key: " + *line,
               "give the JETSTREAM_ENCRYPTION_KEY (and cipher) that the store was written with; no "
               "message is lost meanwhile",
               ""};
}

constexpr auto kDamageWords = std::to_array<std::string_view>(
    {"checksums do not match", "Error reading metafile", "Error unmarshalling stream metafile",
     "Error recreating stream", "could not be recovered", "corrupt"});
std::optional<Cause> damaged_stream(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kDamageWords);
  if (line == nullptr)
    return std::nullopt;
  Cause cause{
      CauseKind::kDamagedStream, "nats-server found a damaged stream: " + *line,
      "keep a copy of the folder before anything else, then restore the stream from a backup", ""};
  if (const std::string* stream = stream_in(*line, evidence.stored_streams)) {
    cause.text =
        fmt::format("the stream {} in {} is damaged: {}", *stream, evidence.store_dir, *line);
    cause.confirmed_by = "its folder is in the store";
  }
  return cause;
}

/// How Go's runtime begins the dump of its stacks; what was said long before has nothing to do with
/// this end.
constexpr auto kQuitWords = std::to_array<std::string_view>({"SIGQUIT: quit"});
std::optional<Cause> asked_for_stacks(const Evidence& evidence) {
  if (!ended_with(evidence, 2) || last_with(evidence.said, kQuitWords) == nullptr)
    return std::nullopt;
  return Cause{CauseKind::kSignal,
               "nats-server was sent SIGQUIT, and not by us: it wrote its stacks and ended",
               "look who signals nats-server (an operator's kill -QUIT or Ctrl-\\)",
               "exit code 2, as Go's runtime ends on it"};
}

/// A server that runs out of descriptors goes on; who ended long after had another reason.
bool went_on(const Evidence& evidence, bool files) {
  return files && evidence.incident.was_ready;
}

constexpr auto kLimitWords = std::to_array<std::string_view>(
    {"too many open files", "pthread_create failed", "failed to create new OS thread"});
std::optional<Cause> limits(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kLimitWords);
  if (line == nullptr)
    return std::nullopt;
  const bool files = line->find("open files") != std::string::npos;
  if (went_on(evidence, files))
    return std::nullopt;
  return Cause{CauseKind::kLimits, "nats-server ran into a limit of the system: " + *line,
               files ? "raise the limit of open files (docker --ulimit nofile=65536)"
                     : "raise the limit of processes (docker --pids-limit, ulimit -u)",
               ended_with(evidence, 2) ? "exit code 2 (Go's runtime gave up)" : ""};
}

constexpr auto kMemoryWords = std::to_array<std::string_view>(
    {"runtime: out of memory", "cannot allocate memory", "failed to reserve page summary memory"});
std::optional<Cause> no_memory(const Evidence& evidence) {
  const std::string* line = last_with(evidence.said, kMemoryWords);
  if (line == nullptr)
    return std::nullopt;
  return Cause{
      CauseKind::kOutOfMemory, "nats-server got no memory from the system: " + *line,
      "raise the memory (or address space: ulimit -v) limit, or lower JETSTREAM_MAX_MEMORY",
      ended_with(evidence, 2) ? "exit code 2 (Go's runtime gave up)" : ""};
}

constexpr auto kPanicWords = std::to_array<std::string_view>(
    {"panic: ", "fatal error: ", "SIGSEGV: ", "SIGABRT: ", "SIGBUS: "});
std::optional<Cause> server_bug(const Evidence& evidence) {
  const auto& said = evidence.said;
  const auto line = std::ranges::find_if(said, [](const std::string& each) {
    return std::ranges::any_of(kPanicWords,
                               [&each](std::string_view word) { return each.starts_with(word); });
  });
  if (line == said.end())
    return std::nullopt;
  return Cause{
      CauseKind::kServerBug, "nats-server crashed by itself: " + *line,
      "keep this file and report it to github.com/nats-io/nats-server with its version; try "
      "another version",
      ended_with(evidence, 2) ? "exit code 2 (Go's runtime gave up)" : ""};
}

/// It prints its usage then and ends with 0.
std::optional<Cause> refused_arguments(const Evidence& evidence) {
  const auto line = std::ranges::find_if(
      evidence.said, [](const std::string& each) { return is_flag_complaint(each); });
  if (!ended_with(evidence, 0) || line == evidence.said.end())
    return std::nullopt;
  return Cause{CauseKind::kConfiguration, "nats-server refuses its arguments: " + *line,
               "look at what stands behind `--` on our command line; `nats-server --help` lists "
               "its flags",
               "it ended before it was ready"};
}

/// What it says before it has a logger, and before it listens.
constexpr auto kRefusalWords = std::to_array<std::string_view>(
    {"Could not write pidfile", "error opening file", "Can't start JetStream", "Error listening on",
     "Can't start monitoring"});
std::optional<Cause> refused(const Evidence& evidence) {
  if (evidence.incident.was_ready)
    return std::nullopt;
  if (auto cause = refused_arguments(evidence))
    return cause;
  if (!ended_with(evidence, 1))
    return std::nullopt;
  const auto line = std::ranges::find_if(
      evidence.said, [](const std::string& each) { return each.starts_with("nats-server: "); });
  const std::string* found =
      line != evidence.said.end() ? &*line : last_with(evidence.said, kRefusalWords);
  if (found == nullptr)
    found = refusing_line(evidence.said);
  if (found == nullptr)
    return std::nullopt;
  return Cause{
      CauseKind::kConfiguration, "nats-server refuses its configuration: " + *found,
      "`unified_entrypoint render` shows the file and `unified_entrypoint validate` checks "
      "it; look at NATS_EXTRA_CONFIG_FILE and NATS_CONF_TEMPLATE first",
      "exit code 1 before it was ready"};
}

constexpr auto kStopWords = std::to_array<std::string_view>({"Initiating Shutdown"});

constexpr std::array kRules{asked_for_stacks, disk_full, port_taken, address, store,
                            no_memory,        limits,    server_bug, refused, encryption,
                            damaged_stream};

}  // namespace

std::optional<Cause> cause_in_its_words(const Evidence& evidence) {
  for (const auto rule : kRules)
    if (auto cause = rule(evidence))
      return cause;
  return std::nullopt;
}

bool said_that_it_stops(const std::vector<std::string>& said) {
  return last_with(said, kStopWords) != nullptr;
}

bool is_telling(std::string_view text) {
  if (text.starts_with("nats-server: ") || is_flag_complaint(text) ||
      text.find("Initiating Shutdown") != std::string_view::npos)
    return true;
  for (const std::string_view word : kPanicWords)
    if (text.starts_with(word))
      return true;
  if (text.starts_with(kQuitWords.front()))
    return true;
  const auto holds = [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  return std::ranges::any_of(kMemoryWords, holds) || std::ranges::any_of(kLimitWords, holds);
}

}  // namespace unified::supervise
