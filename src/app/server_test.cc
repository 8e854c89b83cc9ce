#include "app/server_test.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/scrub.h"
#include "os/atomic_file.h"
#include "os/output_of.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTestDeadline{10};

/// A private directory (0700) that is gone with its owner: the rendered file holds secrets.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (fs::temp_directory_path() / "unified-validate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr)
      path_ = pattern;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty())
      fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

Result<void> test_conf(const Preparation& ready) {
  const ScratchDirectory scratch;
  if (scratch.path().empty())
    return Error{"cannot make a temporary directory to test nats.conf in"};
  const std::string conf = scratch.path() + "/nats.conf";
  if (const auto written = os::write_file_atomically(conf, ready.conf, 0600); !written)
    return written;
  const auto said = os::output_of({ready.server.binary, "-t", "-c", conf}, kTestDeadline);
  if (!said)
    return Error{"nats-server -t: " + said.error().message};
  if (said->find("is valid") != std::string::npos)
    return {};
  std::vector<std::string> secrets = ready.settings.secrets;
  secrets.push_back(ready.internal.password.reveal());
  return Error{"nats-server -t refuses the rendered nats.conf: " +
               Scrubber{std::move(secrets)}.scrub(*said)};
}

}  // namespace unified::app
