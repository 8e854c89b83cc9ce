#include "app/store_check.h"

#include <utility>

#include "app/store_state.h"
#include "os/directories.h"

namespace unified::app {
namespace {

Failure failed(std::string line) {
  return {kExitConfiguration, {std::move(line)}};
}

}  // namespace

Result<StoreCheck, Failure> check_store(const config::Settings& settings,
                                        const std::vector<jetstream::StreamSpec>& streams,
                                        ServerVersion version,
                                        const std::string& run_dir) {
  const std::string& store = settings.jetstream.store_dir;
  const auto found = read_marker(store);
  if (!found)
    return failed("the store's marker can't be used: " + found.error().message +
                  os::owner_hint(store));
  const std::optional<jetstream::StoreMarker>& marker = *found;
  auto wanted = wanted_from(settings, version, streams, marker);
  if (!wanted)
    return failed(wanted.error().message);
  // Counting takes a walk over every file: only when the limit may have come down since the last
  // start.
  const bool count = !marker || marker->max_file > settings.jetstream.max_file;
  const auto facts = store_facts(count, store, run_dir);
  if (!facts)
    return failed(facts.error().message);
  jetstream::PreflightReport report = jetstream::preflight(*facts, marker, *wanted);
  if (!report.errors.empty())
    return Failure{kExitConfiguration, std::move(report.errors)};
  return StoreCheck{.wanted = *std::move(wanted),
                    .warnings = std::move(report.warnings),
                    .copy_meta = report.copy_meta,
                    .first_use = !marker && facts->streams.empty()};
}

}  // namespace unified::app
