#include "health/parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::health {
namespace {

constexpr std::chrono::seconds kLongestStart{60};
constexpr int kMostStartDoublings = 6;

}  // namespace

bool Parts::note(const std::string& name, const std::string& why, TimePoint now) {
  const auto [found, fresh] = known_.try_emplace(name, Known{why, now});
  Known& part = found->second;
  if (fresh)
    return !why.empty();
  const bool changed = part.why.empty() != why.empty();
  if (changed)
    part.since = now;
  part.why = why;
  return changed;
}

std::vector<PartFacts> Parts::seen(TimePoint now) const {
  std::vector<PartFacts> facts;
  facts.reserve(known_.size());
  for (const auto& [name, part] : known_)
    facts.push_back({.name = name,
                     .why = part.why,
                     .lasts = std::chrono::duration_cast<std::chrono::seconds>(now - part.since)});
  return facts;
}

std::chrono::seconds next_start_in(int failures) {
  return std::min(std::chrono::seconds{1} * (1 << std::clamp(failures - 1, 0, kMostStartDoublings)),
                  kLongestStart);
}

std::string sentence(const PartFacts& part) {
  if (part.why.empty())
    return fmt::format("{} works", part.name);
  return fmt::format("{} does not work: {} (for {})", part.name, part.why,
                     format_duration(part.lasts));
}

}  // namespace unified::health
