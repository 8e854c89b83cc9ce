#include "app/conf_file.h"

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "os/file_lock.h"
#include "os/file_text.h"
#include "os/presence.h"
#include "render/nats_conf.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContainerConf = "/app/nats.conf";
constexpr mode_t kMode = 0600;
constexpr std::size_t kMaxConfBytes = std::size_t{4} * 1024 * 1024;

/// Where a write must go so that a link stays one; of a link to what is not there yet, too (the
/// image's /app/nats.conf leads into RUN_DIR), which weakly_canonical() leaves as it is.
fs::path target_of(const std::string& path) {
  std::error_code error;
  fs::path target = path;
  if (fs::is_symlink(fs::symlink_status(target, error)) && !fs::exists(target, error))
    target = target.parent_path() / fs::read_symlink(target, error);
  target = fs::weakly_canonical(target, error);
  return error ? fs::path{path} : target;
}

std::string reserve_of(const std::string& target) {
  return target + ".room";
}

}  // namespace

std::string conf_path(const std::string& configured, const std::string& run_dir) {
  if (!configured.empty())
    return configured;
  if (::access("/app", W_OK) == 0)
    return kContainerConf;
  return run_dir + "/nats.conf";
}

Result<void> check_conf_place(const std::string& path) {
  const fs::path target = target_of(path);
  const auto presence = os::presence_of(target.string());
  if (!presence)
    return presence.error();
  if (*presence == os::Presence::kAbsent)
    return {};
  std::error_code error;
  if (!fs::is_regular_file(target, error))
    return Error{path + " is not a regular file and is left as it is; name a file"};
  const auto old = os::read_text_file(target.string(), kMaxConfBytes);
  if (!old)
    return old.error();
  // An empty one is what a power cut leaves of ours; there is nothing in it to keep.
  if (!old->empty() && !old->starts_with(render::kMarker))
    return Error{path +
                 " was not written by us and is left as it is. Remove it, set NATS_CONFIG_FILE "
                 "to another path, or, if "
                 "you need its settings, name it in NATS_EXTRA_CONFIG_FILE"};
  return {};
}

std::string conf_lock_path(const std::string& path) {
  const fs::path target = target_of(path);
  return (target.parent_path() / ("." + target.filename().string() + ".lock")).string();
}

std::string shown_conf_holder(const std::string& path) {
  const auto pid = os::lock_holder(conf_lock_path(path));
  return pid ? fmt::format(" (pid {})", *pid) : std::string{};
}

Result<void> write_conf(const std::string& path,
                        const std::string& text,
                        os::Durability durability) {
  if (auto free = check_conf_place(path); !free)
    return free;
  const std::string target = target_of(path).string();
  auto written = os::write_file_atomically(target, text, kMode, durability);
  if (!written && os::replace_with_reserve(target, reserve_of(target), text, kMode))
    return {};
  std::error_code ignored;
  fs::remove(reserve_of(target), ignored);
  return written;
}

Result<void> reserve_conf_room(const std::string& path, std::size_t bytes) {
  const std::string target = target_of(path).string();
  const auto folder = os::presence_of(fs::path{target}.parent_path().string());
  if (!folder)
    return folder.error();
  if (*folder != os::Presence::kDirectory)
    return {};
  // The configuration of the next life may be a little longer than the one of now.
  constexpr std::size_t kMargin = 4096;
  return os::write_file_atomically(reserve_of(target), std::string(bytes + kMargin, '#'), kMode,
                                   os::Durability::kQuick);
}

Result<void> restore_conf_file(const std::string& path, const std::string& text) {
  const auto now = os::read_text_file(path, kMaxConfBytes);
  return now && *now == text ? Result<void>{} : write_conf(path, text, os::Durability::kQuick);
}

}  // namespace unified::app
