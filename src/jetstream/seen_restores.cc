#include "jetstream/seen_restores.h"

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

void note_sign(SeenRestores& seen,
               const std::string& stream,
               SteadyTime now,
               const std::string& now_text) {
  const auto [found, is_new] = seen.running.try_emplace(stream);
  if (is_new)
    found->second = {.since = now_text, .begun = now, .last_sign = now, .watched = false};
  found->second.last_sign = now;
}

}  // namespace

void restore_began(SeenRestores& seen,
                   const std::string& stream,
                   SteadyTime now,
                   const std::string& now_text) {
  seen.over.erase(stream);
  note_sign(seen, stream, now, now_text);
}

void restore_ended(SeenRestores& seen, const std::string& stream) {
  seen.running.erase(stream);
  seen.over.insert(stream);
}

void restores_looked_at(SeenRestores& seen,
                        const RestoreLook& look,
                        SteadyTime now,
                        const std::string& now_text) {
  if (look.receiving) {
    std::erase_if(seen.over,
                  [&](const std::string& stream) { return !look.receiving->contains(stream); });
    for (const std::string& stream : *look.receiving)
      if (!seen.over.contains(stream))
        note_sign(seen, stream, now, now_text);
  }
  const std::uint64_t staged = look.staged.value_or(0);
  const bool moved = staged != seen.staged;
  for (auto& [stream, restore] : seen.running) {
    if (moved)  // the folder does not say whose it is
      restore.last_sign = now;
    restore.watched = restore.watched || look.receiving.has_value() || staged > 0;
  }
  if (moved && staged > 0 && !look.receiving && seen.running.empty()) {
    note_sign(seen, std::string{kAnyStream}, now, now_text);
    seen.running.begin()->second.watched = true;
  }
  seen.staged = staged;
}

std::vector<std::string> drop_finished(SeenRestores& seen,
                                       std::chrono::nanoseconds limit,
                                       SteadyTime now) {
  std::vector<std::string> lines;
  std::erase_if(seen.running, [&](const auto& one) {
    const auto& [stream, restore] = one;
    const bool too_long = now - restore.begun >= limit;
    if (too_long)
      seen.over.insert(stream);
    const bool quiet = restore.watched && now - restore.last_sign >= kRestoreQuiet;
    if (too_long)
      lines.push_back(
          fmt::format("stream {} is looked after again: its restore, since {}, takes longer than "
                      "RESTORE_HOLD ({})",
                      stream, restore.since, format_duration(limit)));
    else if (quiet)
      lines.push_back(fmt::format(
          "stream {} is looked after again: its restore, since {}, has sent nothing for {}", stream,
          restore.since, format_duration(kRestoreQuiet)));
    return too_long || quiet;
  });
  return lines;
}

}  // namespace unified::jetstream
