#include "os/port_holder.h"

#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "base/parse.h"
#include "os/file_text.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTable = std::size_t{16} * 1024 * 1024;
constexpr const char* kListening = "0A";

/// Inodes of the sockets that listen on `port`, from /proc/net/tcp or tcp6 (proc(5)):
/// `sl local_address rem_address st … inode`, with the port in hex behind the last colon.
void add_listeners(const std::string& path, int port, std::set<std::string>& inodes) {
  const Result<std::string> table = read_text_file(path, kMaxTable);
  if (!table)
    return;
  const std::string wanted = fmt::format(":{:04X}", port);
  std::istringstream lines{*table};
  for (std::string line; std::getline(lines, line);) {
    const auto fields = split_list(line, ' ');
    if (fields.size() > 9 && fields[1].ends_with(wanted) && fields[3] == kListening)
      inodes.insert("socket:[" + fields[9] + "]");
  }
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  fs::directory_iterator fd{process / "fd", error};
  for (; !error && fd != fs::directory_iterator{}; fd.increment(error)) {
    std::error_code gone;
    if (sockets.contains(fs::read_symlink(fd->path(), gone).string()))
      return true;
  }
  return false;
}

bool anybody(const fs::path& /*process*/) {
  return true;
}

/// The first process, of those that may be meant, that has one of them open.
std::optional<fs::path> holder_of(const std::set<std::string>& sockets,
                                  const std::string& root,
                                  bool (*may_be_meant)(const fs::path& process)) {
  std::error_code error;
  fs::directory_iterator process{root + "/proc", error};
  for (; !error && process != fs::directory_iterator{}; process.increment(error))
    if (parse_int(process->path().filename().string()) && may_be_meant(process->path()) &&
        holds_one_of(process->path(), sockets))
      return process->path();
  return std::nullopt;
}

/// `Num: RefCount Protocol Flags Type St Inode Path` (proc(5), /proc/net/unix).
std::set<std::string> unix_listeners(const std::string& path, const std::string& root) {
  constexpr const char* kAccepting = "00010000";
  std::set<std::string> inodes;
  const Result<std::string> table = read_text_file(root + "/proc/net/unix", kMaxTable);
  if (!table)
    return inodes;
  std::istringstream lines{*table};
  for (std::string line; std::getline(lines, line);) {
    if (!line.ends_with(" " + path))
      continue;
    const auto fields = split_list(line, ' ');
    if (fields.size() > 7 && fields[3] == kAccepting)
      inodes.insert("socket:[" + fields[6] + "]");
  }
  return inodes;
}

/// By /proc/PID/stat (proc(5)), to a hundredth of a second.
std::optional<std::chrono::milliseconds> age_of(const fs::path& process) {
  constexpr std::size_t kStartTime = 19;  // of the fields behind the name
  const Result<std::string> stat = read_text_file((process / "stat").string());
  timespec now{};
  if (!stat || ::clock_gettime(CLOCK_BOOTTIME, &now) != 0)
    return std::nullopt;
  const std::size_t name_end = stat->rfind(')');
  const auto fields =
      split_list(name_end == std::string::npos ? std::string{} : stat->substr(name_end + 1), ' ');
  const auto ticks = fields.size() > kStartTime ? parse_int(fields[kStartTime]) : std::nullopt;
  if (!ticks)
    return std::nullopt;
  const std::chrono::milliseconds since_boot{(now.tv_sec * 1000) + (now.tv_nsec / 1'000'000)};
  return since_boot - std::chrono::milliseconds{*ticks * 1000 / ::sysconf(_SC_CLK_TCK)};
}

bool in_our_mount_namespace(const fs::path& process) {
  std::error_code error;
  std::error_code own_error;
  return fs::read_symlink(process / "ns/mnt", error) ==
             fs::read_symlink("/proc/self/ns/mnt", own_error) &&
         !error && !own_error;
}

}  // namespace

std::string PortHolder::describe() const {
  return pid > 0 ? fmt::format("{} (pid {})", program, pid) : "a process that we can't see";
}

std::optional<PortHolder> port_holder(int port, const std::string& root) {
  std::set<std::string> sockets;
  add_listeners(root + "/proc/net/tcp", port, sockets);
  add_listeners(root + "/proc/net/tcp6", port, sockets);
  if (sockets.empty())
    return std::nullopt;
  const auto process = holder_of(sockets, root, anybody);
  if (!process)
    return PortHolder{};
  const Result<std::string> name = read_text_file((*process / "comm").string());
  return PortHolder{static_cast<int>(parse_int(process->filename().string()).value_or(0)),
                    name ? std::string{trim(*name)} : "a program", age_of(*process)};
}

std::optional<int> unix_listener(const std::string& path, const std::string& root) {
  // Its holder may replace the socket between the two looks: then there is another one by now.
  constexpr int kMostLooks = 5;
  for (int look = 0; look < kMostLooks; ++look) {
    const std::set<std::string> sockets = unix_listeners(path, root);
    if (sockets.empty())
      return std::nullopt;
    // Another container on the host's network may listen on a path of the same name.
    if (const auto process = holder_of(sockets, root, in_our_mount_namespace))
      return static_cast<int>(parse_int(process->filename().string()).value_or(0));
  }
  return std::nullopt;
}

}  // namespace unified::os
