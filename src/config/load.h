#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/problem.h"
#include "config/settings.h"

namespace unified::config {

/// A dotenv file, read but not parsed.
struct EnvFile {
  std::string name;  ///< as shown in origins (".env")
  std::string text;
};

/// What load() must know of the machine. The real one is os::LocalHost; tests bring their own.
class Host {
 public:
  virtual ~Host() = default;
  /// Content of a *_FILE secret (at most 1 MiB).
  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) const = 0;
  /// Why `path` can't be used as a file, as a clause ("the file does not exist"); nothing if a file
  /// is there. What can't be looked at is not said to be absent.
  [[nodiscard]] virtual std::optional<std::string> file_fault(const std::string& path) const = 0;
  [[nodiscard]] virtual std::string hostname() const = 0;
  /// Bytes of memory this process may use (cgroup or machine); nothing if unknown.
  [[nodiscard]] virtual std::optional<std::int64_t> memory_limit() const = 0;
  /// Free + used-by-the-store bytes on the file system that `path` is or would be on; nothing if
  /// unknown.
  [[nodiscard]] virtual std::optional<std::int64_t> disk_capacity(
      const std::string& path) const = 0;
};

struct Inputs {
  std::map<std::string, std::string> environment;
  std::vector<EnvFile> env_files;                ///< later wins
  std::map<std::string, std::string> arguments;  ///< wins over all
  /// Those of them that a flag of nats-server said, as typed: who says otherwise is an error, not
  /// overruled.
  std::map<std::string, std::string> flags;
  bool strict = false;  ///< some warnings become errors
};

struct Loaded {
  Settings settings;
  Problems warnings;
  /// What it was read from beside the environment: `inputs.env_files` and *_FILE secrets.
  std::vector<std::string> files;
};

/// Every value typed and checked, or every problem at once (at least one of severity kError, the
/// warnings with them). Pure but for what it asks of `host`. Rules: ENVIRONMENT.md.
Result<Loaded, Problems> load(const Inputs& inputs, const Host& host);

}  // namespace unified::config
