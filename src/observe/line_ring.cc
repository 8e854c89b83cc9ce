#include "observe/line_ring.h"

#include <algorithm>
#include <iterator>

namespace unified::observe {

std::string_view to_text(Source source) {
  return source == Source::kServer ? "nats-server" : "supervisor";
}

void LineRing::add(Source source, std::chrono::system_clock::time_point at, std::string_view text) {
  text = text.substr(0, kLineBytes);
  const std::scoped_lock lock{mutex_};
  Ring& ring = rings_.at(static_cast<std::size_t>(source));
  if (ring.lines.size() < kLines) {
    ring.lines.push_back({++last_, at, source, std::string{text}});
    return;
  }
  RecentLine& oldest = ring.lines[ring.next];
  ring.next = (ring.next + 1) % kLines;
  oldest.seq = ++last_;
  oldest.at = at;
  oldest.text.assign(text);
}

std::vector<RecentLine> LineRing::after(std::uint64_t seq) const {
  std::vector<RecentLine> found;
  {
    const std::scoped_lock lock{mutex_};
    for (const Ring& ring : rings_)
      std::ranges::copy_if(ring.lines, std::back_inserter(found),
                           [seq](const RecentLine& line) { return line.seq > seq; });
  }
  std::ranges::sort(found, {}, &RecentLine::seq);
  return found;
}

std::uint64_t LineRing::last() const {
  const std::scoped_lock lock{mutex_};
  return last_;
}

}  // namespace unified::observe
