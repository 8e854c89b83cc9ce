#include "app/known_streams.h"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "os/atomic_file.h"
#include "os/file_text.h"

namespace unified::app {
namespace {

std::string known_file(const std::string& run_dir) {
  return run_dir + "/known_streams.json";
}

}  // namespace

Result<Provisioner::KnownStreams> read_known_streams(const std::string& run_dir) {
  const std::string path = known_file(run_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error)
    return Provisioner::KnownStreams{};
  const auto text = os::read_text_file(path);
  if (!text)
    return text.error();
  try {
    return nlohmann::json::parse(*text).get<Provisioner::KnownStreams>();
  } catch (const nlohmann::json::exception& failure) {
    return Error{fmt::format("cannot read {}: {}", path, failure.what())};
  }
}

Result<void> keep_known_streams(const std::string& run_dir,
                                const Provisioner::KnownStreams& known) {
  return os::write_file_atomically(
      known_file(run_dir),
      nlohmann::json(known).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
      0600);
}

}  // namespace unified::app
