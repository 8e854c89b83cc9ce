#include "jetstream/store_reserved.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

std::int64_t limit_in(const nlohmann::json& config) {
  // A damaged meta.inf may hold anything.
  const nlohmann::json limit = value_in(*find_field("max_bytes"), config);
  return limit.is_number_integer() ? std::max<std::int64_t>(0, limit.get<std::int64_t>()) : 0;
}

std::int64_t declared_for(const std::string& name,
                          std::string_view storage,
                          const std::vector<StreamSpec>& declared) {
  const auto spec = std::ranges::find(declared, name, &StreamSpec::name);
  const bool counts =
      spec != declared.end() && value_in(*find_field("storage"), spec->config) == storage;
  return counts ? limit_in(spec->config) : 0;
}

std::int64_t limit_of(const StoredStream& stream, const std::optional<StoreMarker>& marker) {
  if (stream.config.is_object())
    return limit_in(stream.config);
  if (!marker)
    return 0;
  const auto found = std::ranges::find(marker->streams, stream.name, &MarkedStream::name);
  return found == marker->streams.end() ? 0 : std::max<std::int64_t>(0, found->max_bytes);
}

std::int64_t sum(std::int64_t left, std::int64_t right) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  return left > kMax - right ? kMax : left + right;
}

}  // namespace

void Reservation::add(const std::string& name, std::int64_t stored, std::int64_t declared) {
  const std::int64_t larger = std::max(stored, declared);
  if (larger == 0)
    return;
  stored_ = sum(stored_, stored);
  total_ = sum(total_, larger);
  breakdown_ += fmt::format("{}{} {}", breakdown_.empty() ? "" : ", ", name, larger);
}

Reservation reserved_file(const StoreFacts& disk,
                          const std::optional<StoreMarker>& marker,
                          const std::vector<StreamSpec>& declared) {
  Reservation reserved;
  std::vector<std::string> on_disk;
  for (const StoredStream& stream : disk.streams) {
    const bool is_local = stream.account == "$G";
    if (is_local)
      on_disk.push_back(stream.name);
    reserved.add(stream.name, limit_of(stream, marker),
                 is_local ? declared_for(stream.name, "file", declared) : 0);
  }
  for (const StreamSpec& spec : declared)
    if (std::ranges::find(on_disk, spec.name) == on_disk.end())
      reserved.add(spec.name, 0, declared_for(spec.name, "file", declared));
  return reserved;
}

Reservation reserved_memory(const std::vector<StreamSpec>& declared) {
  Reservation reserved;
  for (const StreamSpec& spec : declared)
    reserved.add(spec.name, 0, declared_for(spec.name, "memory", declared));
  return reserved;
}

}  // namespace unified::jetstream
