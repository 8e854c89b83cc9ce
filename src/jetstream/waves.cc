#include "jetstream/waves.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

using Streams = std::vector<const StreamPlan*>;

std::vector<std::string> origins_of(const nlohmann::json& config) {
  std::vector<std::string> origins;
  if (const auto mirror = config.find("mirror"); mirror != config.end())
    origins.push_back(text_at(*mirror, "name"));
  if (const auto sources = config.find("sources"); sources != config.end() && sources->is_array())
    for (const auto& source : *sources)
      origins.push_back(text_at(source, "name"));
  return origins;
}

}  // namespace

std::vector<Streams> in_waves(const Plan& plan) {
  Streams pending;
  std::set<std::string_view> not_made;
  for (const StreamPlan& stream : plan.streams) {
    if (stream.request.is_null())
      continue;
    pending.push_back(&stream);
    if (stream.change == Change::kCreate)
      not_made.insert(stream.name);
  }
  std::vector<Streams> waves;
  while (!pending.empty()) {
    const auto waits = [&](const StreamPlan* stream) {
      return std::ranges::any_of(origins_of(stream->request), [&](const std::string& origin) {
        return origin != stream->name && not_made.contains(origin);
      });
    };
    Streams wave;
    Streams later;
    std::ranges::partition_copy(pending, std::back_inserter(later), std::back_inserter(wave),
                                waits);
    if (wave.empty())
      wave = std::exchange(later, {});  // a circle: in any order
    for (const StreamPlan* stream : wave)
      not_made.erase(stream->name);
    waves.push_back(std::move(wave));
    pending = std::move(later);
  }
  return waves;
}

}  // namespace unified::jetstream
