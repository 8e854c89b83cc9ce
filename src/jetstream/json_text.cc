#include "jetstream/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kEscape = 6;  // \uXXXX

/// The code unit of the escape `\uXXXX` at the front.
std::optional<std::uint32_t> escaped_unit(std::string_view text) {
  if (text.size() < kEscape || !text.starts_with("\\u"))
    return std::nullopt;
  std::uint32_t unit = 0;
  const char* const last = text.data() + kEscape;
  const auto [end, error] = std::from_chars(text.data() + 2, last, unit, 16);
  return error == std::errc{} && end == last ? std::optional{unit} : std::nullopt;
}

/// The character of both halves at the front; they are above U+FFFF: four bytes.
std::optional<std::string> joined_pair(std::string_view text) {
  const auto high = escaped_unit(text);
  const auto low = high ? escaped_unit(text.substr(kEscape)) : std::nullopt;
  if (!low || *high < 0xD800 || *high > 0xDBFF || *low < 0xDC00 || *low > 0xDFFF)
    return std::nullopt;
  const std::uint32_t character = 0x10000 + ((*high - 0xD800) << 10U) + (*low - 0xDC00);
  std::string bytes;
  bytes += static_cast<char>(0xF0U | (character >> 18U));
  for (const unsigned shift : {12U, 6U, 0U})
    bytes += static_cast<char>(0x80U | ((character >> shift) & 0x3FU));
  return bytes;
}

}  // namespace

std::string with_whole_characters(std::string text) {
  const std::string_view begin = trim(text);
  if (begin.empty() || (begin.front() != '{' && begin.front() != '['))
    return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto pair = joined_pair(rest);
    // A backslash belongs to what follows it: \\u is no escape of a character.
    const std::size_t taken = pair ? 2 * kEscape : rest.front() == '\\' ? std::size_t{2} : 1;
    result += pair ? *pair : std::string{rest.substr(0, taken)};
    rest.remove_prefix(std::min(rest.size(), taken));
  }
  return result;
}

}  // namespace unified::jetstream
