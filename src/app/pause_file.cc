#include "app/pause_file.h"

#include <filesystem>

#include <fmt/format.h>

#include "os/atomic_file.h"
#include "os/file_text.h"

namespace unified::app {

std::string pause_file_in(const std::string& directory) {
  return directory + "/unified-paused.json";
}

Result<jetstream::Pauses> read_pauses(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error)
    return jetstream::Pauses{};
  const auto text = os::read_text_file(file);
  auto pauses = text ? jetstream::parse_pauses(*text) : Result<jetstream::Pauses>{text.error()};
  if (!pauses)
    return Error{
        fmt::format("cannot read {}, which says what `pause` was asked for: {}; no declared "
                    "stream is touched until it is mended or removed",
                    file, pauses.error().message)};
  return pauses;
}

Result<void> keep_pauses(const std::string& file, const jetstream::Pauses& pauses) {
  return os::write_file_atomically(file, to_json_text(pauses), 0600);
}

}  // namespace unified::app
