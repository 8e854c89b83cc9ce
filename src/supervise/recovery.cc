#include "supervise/recovery.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::supervise {
namespace {

constexpr double kLeastShare = 0.05;
constexpr std::chrono::seconds kLeastElapsed{2};
/// What is only read is not restored yet.
constexpr double kMostUnderWay = 0.99;

/// Between the quotes behind "stream '"; a stream's name has none in it that is followed by
/// nothing.
std::string quoted_stream(std::string_view text) {
  constexpr std::string_view kMark = "stream '";
  const std::size_t at = text.find(kMark);
  const std::size_t end = text.rfind('\'');
  if (at == std::string_view::npos || end < at + kMark.size())
    return {};
  return std::string{text.substr(at + kMark.size(), end - at - kMark.size())};
}

}  // namespace

std::string RecoveryProgress::describe() const {
  std::string text =
      fmt::format("restored {} of {} {}", restored, total, total == 1 ? "stream" : "streams");
  if (percent)
    text += fmt::format(", {} %", *percent);
  if (eta)
    text += ", about " + format_duration(*eta);
  return text;
}

bool note_restore_line(RestoringStreams& streams, const std::string& text) {
  const std::string_view words = trim(text);
  const bool begins = words.starts_with("Starting restore for stream '");
  const bool ends = words.starts_with("Restored ") &&
                    words.find(" messages for stream '") != std::string_view::npos;
  if (!begins && !ends)
    return false;
  const std::string name = quoted_stream(words);
  if (name.empty())
    return false;
  RestoringStream& stream = streams[name];
  stream.begun = true;
  stream.restored = stream.restored || ends;
  return true;
}

RecoveryProgress recovery_progress(const RestoringStreams& streams,
                                   std::optional<std::int64_t> bytes_read,
                                   Duration elapsed) {
  RecoveryProgress progress;
  progress.total = static_cast<int>(streams.size());
  std::int64_t all = 0;
  std::int64_t done = 0;
  std::int64_t under_way = 0;
  for (const auto& [name, stream] : streams) {
    all += stream.bytes;
    if (stream.restored) {
      ++progress.restored;
      done += stream.bytes;
    } else if (stream.begun) {
      under_way += stream.bytes;
    }
  }
  if (all <= 0)
    return progress;
  const double read = static_cast<double>(std::max<std::int64_t>(bytes_read.value_or(0) - done, 0));
  const double share =
      (static_cast<double>(done) + std::min(read, kMostUnderWay * static_cast<double>(under_way))) /
      static_cast<double>(all);
  progress.percent = static_cast<int>(std::floor(share * 100));
  if (share >= kLeastShare && share < 1 && elapsed >= kLeastElapsed) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    progress.eta =
        std::chrono::seconds{static_cast<std::int64_t>(std::ceil(seconds * (1 - share) / share))};
  }
  return progress;
}

}  // namespace unified::supervise
