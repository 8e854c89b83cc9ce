#include "jetstream/dotenv_line.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/characters.h"

namespace unified::jetstream {
namespace {

bool is_plain_value(std::string_view value) {
  constexpr std::string_view kPlain = "_./:,@+-";
  return std::ranges::all_of(value, [&](char c) {
    return is_letter(c) || is_digit(c) || kPlain.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string dotenv_line(std::string_view name, std::string_view value) {
  if (is_plain_value(value))
    return fmt::format("{}={}\n", name, value);
  std::string quoted;
  for (const char c : value)
    if (c == '\n')
      quoted += "\\n";
    else if (c == '\r')
      quoted += "\\r";
    else if (c == '"' || c == '\\' || c == '$')
      quoted += fmt::format("\\{}", c);
    else
      quoted += c;
  return fmt::format("{}=\"{}\"\n", name, quoted);
}

}  // namespace unified::jetstream
