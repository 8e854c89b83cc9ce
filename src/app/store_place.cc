#include "app/store_place.h"

#include <fmt/format.h>

#include "os/readings.h"

namespace unified::app {

std::optional<std::string> fleeting_store_warning(const std::string& store_dir) {
  const os::FileSystem kind = os::file_system_of(store_dir);
  if (kind == os::FileSystem::kMemory)
    return fmt::format(
        "JETSTREAM_STORE_DIR={} is in memory (tmpfs): every message is lost when it is unmounted "
        "or "
        "the machine restarts, and what is stored counts as memory; put it on a disk",
        store_dir);
  // On no mount of its own: told before, of any file system (warn_about_surroundings).
  if (kind == os::FileSystem::kOverlay && os::inside_container() && os::is_on_own_mount(store_dir))
    return fmt::format(
        "JETSTREAM_STORE_DIR={} is on an overlay file system: what is stored may be lost with the "
        "container, and every write is slower; mount a volume there",
        store_dir);
  return std::nullopt;
}

}  // namespace unified::app
