#include "app/conf_file.h"

#include <unistd.h>

#include <filesystem>

#include "os/file_text.h"
#include "render/nats_conf.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContainerConf = "/app/nats.conf";
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

}  // namespace

std::string conf_path(const std::string& configured, const std::string& run_dir) {
  if (!configured.empty())
    return configured;
  if (::access("/app", W_OK) == 0)
    return kContainerConf;
  return run_dir + "/nats.conf";
}

Result<void> check_conf_place(const std::string& path) {
  std::error_code error;
  const fs::path target = target_of(path);
  if (!fs::exists(target, error))
    return {};
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

Result<void> write_conf(const std::string& path,
                        const std::string& text,
                        os::Durability durability) {
  if (auto free = check_conf_place(path); !free)
    return free;
  return os::write_file_atomically(target_of(path).string(), text, 0600, durability);
}

Result<void> restore_conf_file(const std::string& path, const std::string& text) {
  const auto now = os::read_text_file(path, kMaxConfBytes);
  return now && *now == text ? Result<void>{} : write_conf(path, text, os::Durability::kQuick);
}

}  // namespace unified::app
