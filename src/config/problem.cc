#include "config/problem.h"

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::config {
namespace {

constexpr std::size_t kShown = 120;

/// One line, whatever the bytes; `quote` also escapes what would end a quoted text.
std::string on_one_line(std::string_view text, bool quote) {
  const bool utf8 = is_utf8(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8))
      out += fmt::format("\\x{:02X}", byte);
    else if (quote && (c == '"' || c == '\\'))
      out += {'\\', c};
    else
      out += c;
  }
  return out;
}

/// At most kShown bytes, never cut inside a character.
std::string shortened(const std::string& text) {
  if (text.size() <= kShown)
    return text;
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end) + "…";
}

}  // namespace

std::string to_text(const Problem& problem) {
  const std::string message = on_one_line(problem.message, false);
  if (problem.variable.empty())
    return fmt::format("{}: {}", problem.origin, message);
  const std::string name = on_one_line(problem.variable, false);
  if (problem.value.empty() && problem.origin == "default")
    return fmt::format("{} (not set): {}", name, message);
  if (problem.value.empty())
    return fmt::format("{} ({}): {}", name, problem.origin, message);
  return fmt::format("{}=\"{}\" ({}): {}", name, on_one_line(shortened(problem.value), true),
                     problem.origin, message);
}

}  // namespace unified::config
