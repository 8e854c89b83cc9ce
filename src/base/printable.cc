#include "base/printable.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified {
namespace {

bool is_plain(char c) {
  return (c >= ' ' && c < '\x7f') || c == '\t';
}

/// Of the well-formed character at the front, which is none of ASCII; 0 when there is none.
std::size_t wide_length(std::string_view text) {
  for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length)
    if (is_utf8(text.substr(0, length)))
      return length;
  return 0;
}

/// How many bytes the printable character at the front has; 0: its first byte must be escaped.
std::size_t printable_length(std::string_view text) {
  if (is_plain(text.front()))
    return 1;
  if (static_cast<unsigned char>(text.front()) < 0x80)
    return 0;
  const std::size_t length = wide_length(text);
  // U+0080 to U+009F: terminals take U+009B for ESC [.
  const bool is_control = length == 2 && text[0] == '\xc2' && text[1] < '\xa0';
  return length < 2 || is_control ? 0 : length;
}

}  // namespace

std::string printable(std::string text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = printable_length(std::string_view{text}.substr(at));
    if (length == 0)
      break;
    at += length;
  }
  if (at == text.size())
    return text;
  std::string clean = text.substr(0, at);
  while (at < text.size()) {
    const std::size_t length = printable_length(std::string_view{text}.substr(at));
    if (length == 0)
      fmt::format_to(std::back_inserter(clean), "\\x{:02X}",
                     static_cast<unsigned>(static_cast<unsigned char>(text[at])));
    else
      clean.append(text, at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return clean;
}

}  // namespace unified
