#pragma once

#include <string>

#include "base/error.h"
#include "base/exit_code.h"
#include "base/result.h"
#include "base/server_version.h"

namespace unified::os {

/// Why there is no nats-server to run, and what to end with: kExitNotFound or kExitNotExecutable,
/// as a shell does.
struct BinaryError {
  ExitCode exit_code = kExitNotFound;
  std::string message;
};

/// The absolute path of the server to execute. `configured`: NATS_SERVER_BIN, a path or (without a
/// slash) a name on PATH; empty: "nats-server" on PATH. `path_env`: the PATH; parts that are not
/// absolute are passed over.
Result<std::string, BinaryError> find_nats_server(const std::string& configured,
                                                  const std::string& path_env);

/// Where answers of `nats-server --version` are kept: asking costs half of what the server itself
/// needs to start.
struct VersionCache {
  std::string own;    ///< of this RUN_DIR, read and written; empty: none
  std::string image;  ///< made when the image was built (remember_server_version); empty: none
};

/// What `binary --version` says: from the cache as long as the binary's path, device, inode, mtime
/// and size are the same (in an image: path, size and mtime in seconds, all that layers keep), else
/// by running it (at most 5 s, then it is killed). That answer is put into `cache.own`, mode 0600,
/// best effort. Blocks; reaps only its own child.
Result<ServerVersion> server_version(const std::string& binary, const VersionCache& cache);

/// Asks `binary` and writes the answer to `image_cache`, 0644, for VersionCache::image.
Result<ServerVersion> remember_server_version(const std::string& binary,
                                              const std::string& image_cache);

}  // namespace unified::os
