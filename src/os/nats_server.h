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

/// What `binary --version` says, from `cache_file` as long as the binary's device, inode, mtime and
/// size are the same, else by running it (at most 5 s, then it is killed). The answer is put into
/// `cache_file`, mode 0600, best effort; an empty name: no cache. Blocks; reaps only its own child.
Result<ServerVersion> server_version(const std::string& binary, const std::string& cache_file);

}  // namespace unified::os
