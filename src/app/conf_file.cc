#include "app/conf_file.h"

#include <unistd.h>

#include <filesystem>

#include "os/atomic_file.h"
#include "os/file_text.h"
#include "render/nats_conf.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContainerConf = "/app/nats.conf";
constexpr std::size_t kMaxConfBytes = std::size_t{4} * 1024 * 1024;

}  // namespace

std::string conf_path(const std::string& configured, const std::string& run_dir) {
  if (!configured.empty())
    return configured;
  if (::access("/app", W_OK) == 0)
    return kContainerConf;
  return run_dir + "/nats.conf";
}

Result<void> write_conf(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(path, error);
  if (error)
    target = path;
  if (fs::exists(target, error)) {
    const auto old = os::read_text_file(target.string(), kMaxConfBytes);
    if (!old)
      return old.error();
    if (!old->starts_with(render::kMarker))
      return Error{path +
                   " was not written by us and is left as it is. Remove it, set NATS_CONFIG_FILE "
                   "to another path, or, if "
                   "you need its settings, name it in NATS_EXTRA_CONFIG_FILE"};
  }
  return os::write_file_atomically(target.string(), text, 0600);
}

}  // namespace unified::app
