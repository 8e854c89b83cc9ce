#include "app/pause_file.h"

#include <utility>

#include <fmt/format.h>

#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/presence.h"

namespace unified::app {
namespace {

Result<void> write_pauses(const std::string& file, const jetstream::Pauses& pauses) {
  return os::write_file_atomically(file, to_json_text(pauses), 0600);
}

/// `last`: as they were known last, empty when they never were.
Result<jetstream::Pauses> pauses_in(const std::string& file, const jetstream::Pauses& last) {
  const auto exists = os::name_exists(file);
  if (exists && !*exists) {
    if (last.empty())
      return last;
    (void)write_pauses(file, last);  // without room at the next look; until then memory has them
    return last;
  }
  const auto text = os::read_text_file(file);
  auto pauses = text ? jetstream::parse_pauses(*text) : Result<jetstream::Pauses>{text.error()};
  if (!pauses)
    return Error{fmt::format(
        "cannot read {}, which says what `pause` was asked for: {}; no declared stream is "
        "touched until it is mended or removed. {}",
        file, pauses.error().message,
        last.empty() ? "Removing it ends every pause: ask for those that are still needed again "
                       "(`pause`)"
                     : "When it is removed, what was known before is written again")};
  return pauses;
}

}  // namespace

std::string pause_file_in(const std::string& directory) {
  return directory + "/unified-paused.json";
}

Result<jetstream::Pauses> read_pauses(const std::string& file, HeldStreams& held) {
  auto pauses = pauses_in(file, held.last_pauses());
  held.set_pauses(pauses);
  return pauses;
}

Result<void> keep_pauses(const std::string& file,
                         const jetstream::Pauses& pauses,
                         HeldStreams& held) {
  if (auto written = write_pauses(file, pauses); !written)
    return written;
  held.set_pauses(pauses);
  return {};
}

}  // namespace unified::app
