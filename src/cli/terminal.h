#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace unified::cli {

/// Whether a person looks at the stream. NO_COLOR and TERM=dumb count as "not in colour".
bool is_terminal(std::FILE* stream);
bool wants_colour(std::FILE* stream);

/// A word like `pass`, `warn`, `fail`, `present`, `MISSING`, padded to `width` and, when `colour`,
/// painted green, yellow or red by its meaning; others stay as they are.
std::string state_word(std::string_view word, std::size_t width, bool colour);

/// One line on stderr that the next one replaces; only on a terminal, gone with its owner.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(const std::string& text);
  /// The line goes, for others that stay.
  void clear();

 private:
  const bool on_;
  bool shown_ = false;
};

}  // namespace unified::cli
