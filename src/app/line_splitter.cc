#include "app/line_splitter.h"

#include <algorithm>

namespace unified::app {
namespace {
constexpr std::size_t kMaxLine = std::size_t{16} * 1024;
}  // namespace

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    if (!skipping_)
      partial_.append(part.substr(0, kMaxLine - std::min(kMaxLine, partial_.size())));
    if (newline == std::string_view::npos) {
      if (partial_.size() >= kMaxLine && !skipping_) {
        sink(partial_);
        partial_.clear();
        skipping_ = true;
      }
      return;
    }
    if (!skipping_)
      sink(partial_);
    partial_.clear();
    skipping_ = false;
    bytes.remove_prefix(newline + 1);
  }
}

void LineSplitter::finish(const Sink& sink) {
  if (!partial_.empty())
    sink(partial_);
  partial_.clear();
  skipping_ = false;
}

}  // namespace unified::app
