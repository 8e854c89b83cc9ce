#include "os/synced_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace unified::os {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Result<void> sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path{path}.parent_path().string();
  const UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // EINVAL: a file system that has nothing to sync there.
  if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL))
    return system_error("cannot sync " + folder, errno);
  return {};
}

}  // namespace

std::string part_of(const std::string& path) {
  return path + ".part";
}

SyncedFile::SyncedFile(std::string path, UniqueFd fd)
    : path_(std::move(path)),
      fd_(std::move(fd)) {}

Result<SyncedFile> SyncedFile::create(const std::string& path) {
  UniqueFd fd{::open(part_of(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly)};
  if (!fd)
    return system_error("cannot create " + part_of(path), errno);
  return SyncedFile{path, std::move(fd)};
}

Result<void> SyncedFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return system_error("cannot write " + part_of(path_), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> SyncedFile::sync() {
  return ::fsync(fd_.get()) == 0 ? Result<void>{}
                                 : system_error("cannot sync " + part_of(path_), errno);
}

Result<void> SyncedFile::finish() {
  if (auto synced = sync(); !synced)
    return synced;
  fd_.reset();
  if (std::rename(part_of(path_).c_str(), path_.c_str()) != 0)
    return system_error("cannot rename " + part_of(path_), errno);
  return sync_folder_of(path_);
}

Result<void> rename_synced(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return system_error("cannot rename " + from + " to " + to, errno);
  auto synced = sync_folder_of(from);
  return synced ? sync_folder_of(to) : synced;
}

Result<void> sync_file_system(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd || ::syncfs(fd.get()) != 0)
    return system_error("cannot sync the file system of " + path, errno);
  return {};
}

}  // namespace unified::os
