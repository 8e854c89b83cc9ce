#include "app/server_test.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "base/scrub.h"
#include "os/atomic_file.h"
#include "os/output_of.h"
#include "os/passing_fault.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTestDeadline{10};

/// A private directory (0700) that is gone with its owner: the rendered file holds secrets.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& parent) {
    std::string pattern = parent + "/unified-validate-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr)
      path_ = pattern;
    else
      error_ = errno;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty())
      fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  /// Empty: it could not be made, for error().
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int error() const { return error_; }

 private:
  std::string path_;
  int error_ = 0;
};

Failure conf_refused(std::string line) {
  return {kExitConfiguration, {std::move(line)}};
}

/// The file could not be put into the temporary directory, which is no fault of the file.
Failure untested(const std::string& parent, const Error& why) {
  const bool passes = os::may_pass(why);
  return {passes ? kExitRestartsSpent : kExitConfiguration,
          {fmt::format("nats.conf could not be tested (`nats-server -t`): {}; {} in {}, or set "
                       "TMPDIR to another folder",
                       why.message, passes ? "make room" : "let us write", parent)}};
}

}  // namespace

Result<void, Failure> test_conf(const Preparation& ready,
                                const std::vector<std::string>& arguments) {
  std::error_code none;
  const fs::path temporary = fs::temp_directory_path(none);
  if (none)
    return conf_refused(
        "nats.conf could not be tested: the folder of temporary files (TMPDIR) is no "
        "folder: " +
        none.message());
  const ScratchDirectory scratch{temporary.string()};
  if (scratch.path().empty())
    return untested(temporary.string(),
                    system_error("cannot make a folder in " + temporary.string(), scratch.error()));
  const std::string conf = scratch.path() + "/nats.conf";
  if (const auto written = os::write_file_atomically(conf, ready.conf, 0600); !written)
    return untested(temporary.string(), written.error());
  std::vector<std::string> command{ready.server.binary, "-t", "-c", conf};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto said = os::output_of(command, kTestDeadline);
  if (!said)
    return Failure{os::may_pass(said.error()) ? kExitRestartsSpent : kExitConfiguration,
                   {"nats.conf could not be tested (`nats-server -t`): " + said.error().message}};
  if (said->find("is valid") != std::string::npos)
    return {};
  std::vector<std::string> secrets = ready.settings.secrets;
  secrets.push_back(ready.internal.password.reveal());
  // After a wrong flag it prints its usage.
  const std::string words = said->substr(0, said->find("\nUsage: "));
  const std::string lines = fmt::format("{}", fmt::join(split_list(words, '\n'), "; "));
  return conf_refused(fmt::format("nats-server -t refuses the rendered nats.conf{}: {}",
                                  arguments.empty() ? "" : " or the arguments behind --",
                                  Scrubber{std::move(secrets)}.scrub(lines)));
}

}  // namespace unified::app
