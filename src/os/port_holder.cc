#include "os/port_holder.h"

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
  std::error_code error;
  fs::directory_iterator process{root + "/proc", error};
  for (; !error && process != fs::directory_iterator{}; process.increment(error)) {
    const auto pid = parse_int(process->path().filename().string());
    if (!pid || !holds_one_of(process->path(), sockets))
      continue;
    const Result<std::string> name = read_text_file((process->path() / "comm").string());
    return PortHolder{static_cast<int>(*pid), name ? std::string{trim(*name)} : "a program"};
  }
  return PortHolder{};
}

}  // namespace unified::os
