#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "config/load.h"

namespace unified::config {

/// A machine of known size with the files that a test names.
class FakeHost : public Host {
 public:
  std::map<std::string, std::string> files;  // path -> content
  std::optional<std::int64_t> memory;
  std::optional<std::int64_t> disk;
  std::string name = "node7";

  Result<std::string> read_file(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end())
      return Error{"cannot open " + path + ": no such file or directory"};
    return found->second;
  }
  std::optional<std::string> file_fault(const std::string& path) const override {
    return files.contains(path) ? std::nullopt
                                : std::optional<std::string>{"the file does not exist"};
  }
  std::string hostname() const override { return name; }
  std::optional<std::int64_t> memory_limit() const override { return memory; }
  std::optional<std::int64_t> disk_capacity(const std::string&) const override { return disk; }
};

/// Inputs of a `.env` file with this text, and an environment.
inline Inputs env_file(const std::string& text,
                       std::map<std::string, std::string> environment = {}) {
  Inputs inputs;
  inputs.environment = std::move(environment);
  inputs.env_files = {{".env", text}};
  return inputs;
}

}  // namespace unified::config
