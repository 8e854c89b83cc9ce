#include "cli/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>

namespace unified::cli {
namespace {

const char* colour_of(std::string_view word) {
  if (word == "pass" || word == "present" || word == "ready")
    return "\033[32m";
  if (word == "warn" || word == "unmanaged")
    return "\033[33m";
  if (word == "fail" || word == "MISSING")
    return "\033[31m";
  return nullptr;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value != nullptr && *value != '\0';
}

}  // namespace

bool is_terminal(std::FILE* stream) {
  return ::isatty(::fileno(stream)) == 1;
}

bool wants_colour(std::FILE* stream) {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return is_terminal(stream) && !is_set("NO_COLOR") &&
         (term == nullptr || std::string_view{term} != "dumb");
}

std::string state_word(std::string_view word, std::size_t width, bool colour) {
  const char* begin = colour ? colour_of(word) : nullptr;
  return begin == nullptr ? fmt::format("{:<{}}", word, width)
                          : fmt::format("{}{:<{}}\033[0m", begin, word, width);
}

Progress::Progress() : on_(is_terminal(stderr)) {}

Progress::~Progress() {
  clear();
}

void Progress::clear() {
  if (shown_)
    fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

void Progress::show(const std::string& text) {
  if (!on_)
    return;
  shown_ = true;
  fmt::print(stderr, "\r\033[K{}", text);
  static_cast<void>(std::fflush(stderr));
}

}  // namespace unified::cli
