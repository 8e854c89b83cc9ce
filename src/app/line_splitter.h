#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace unified::app {

/// Cuts a byte stream into lines of at most 16 KiB; a longer line is cut there and its rest dropped
/// up to the newline, so that nobody can make us hold an endless one.
class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view line)>;

  void feed(std::string_view bytes, const Sink& sink);
  /// Hands out a last line without a newline.
  void finish(const Sink& sink);

 private:
  std::string partial_;
  bool skipping_ = false;
};

}  // namespace unified::app
