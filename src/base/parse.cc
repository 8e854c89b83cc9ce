#include "base/parse.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/characters.h"

namespace unified {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// Splits "123abc" into the number and the rest.
std::optional<std::pair<std::int64_t, std::string_view>> leading_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{})
    return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<std::int64_t> scaled(std::int64_t value, std::int64_t base, int power) {
  for (int i = 0; i < power; ++i) {
    if (value > kMax / base)
      return std::nullopt;
    value *= base;
  }
  return value;
}

/// The power that a size letter stands for: k = 1 … e = 6, 0 for anything else.
int letter_power(char letter) {
  constexpr std::string_view kLetters = "kmgtpe";
  const std::size_t at = kLetters.find(letter);
  return at == std::string_view::npos ? 0 : static_cast<int>(at) + 1;
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"µs", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000}}};

/// "1.5h" at the front of a duration, in nanoseconds, taken off the text; nothing when it begins
/// with no such part, or with one beyond int64. Whole numbers are exact.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const auto begin_of_unit = [](std::string_view of) {
    return std::min(of.size(), of.find_first_not_of("0123456789."));
  };
  const std::string_view number = text.substr(0, begin_of_unit(text));
  text.remove_prefix(number.size());
  const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
  text.remove_prefix(name.size());
  const auto* unit = std::ranges::find(kUnits, name, &Unit::name);
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = number.substr(std::min(number.size(), point));
  if (unit == kUnits.end() || (whole.empty() && fraction.size() < 2))
    return std::nullopt;
  const auto parsed = leading_int(whole.empty() ? "0" : whole);
  if (!parsed)
    return std::nullopt;
  const std::int64_t count = parsed->first;
  double rest = 0;
  if (fraction.size() > 1) {
    const auto [end, error] =
        std::from_chars(fraction.data(), fraction.data() + fraction.size(), rest);
    if (error != std::errc{} || end != fraction.data() + fraction.size())
      return std::nullopt;
  }
  const std::int64_t nanoseconds = std::llround(rest * static_cast<double>(unit->nanoseconds));
  if (count > (kMax - nanoseconds) / unit->nanoseconds)
    return std::nullopt;
  return (count * unit->nanoseconds) + nanoseconds;
}

/// How many bytes the character has that begins with this one: 0 when none does.
std::size_t utf8_length(char first) {
  const auto lead = static_cast<unsigned char>(first);
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2 || lead >= 0xF5)
    return 0;
  if (lead < 0xE0)
    return 2;
  return lead < 0xF0 ? 3 : 4;
}

bool is_utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Whether the bytes after the first fit it: no overlong form, no surrogate, nothing above
/// U+10FFFF.
bool is_utf8_character(std::string_view bytes) {
  if (bytes.size() == 1)
    return true;
  if (!std::ranges::all_of(bytes.substr(1), is_utf8_continuation))
    return false;
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool outside = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return !overlong && !outside;
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    const std::string_view part = trim(text.substr(0, at));
    if (!part.empty())
      parts.emplace_back(part);
    if (at == std::string_view::npos)
      return parts;
    text.remove_prefix(at + 1);
  }
}

std::string to_lower(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const char* word : {"true", "1", "yes", "on"})
    if (lower == word)
      return true;
  for (const char* word : {"false", "0", "no", "off"})
    if (lower == word)
      return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  const auto number = leading_int(text);
  if (!number || !number->second.empty())
    return std::nullopt;
  return number->first;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                  : std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  if (text.empty() || !is_digit(text.front()))
    return std::nullopt;
  const auto number = leading_int(text);
  if (!number)
    return std::nullopt;
  const std::string suffix = to_lower(number->second);
  if (suffix.empty())
    return number->first;
  const int power = letter_power(suffix[0]);
  if (power == 0)
    return std::nullopt;
  const std::string_view rest = std::string_view{suffix}.substr(1);
  if (rest.empty())
    return scaled(number->first, 1000, power);
  if (rest == "b" || rest == "i" || rest == "ib")
    return scaled(number->first, 1024, power);
  return std::nullopt;
}

std::optional<std::int64_t> parse_docker_size(std::string_view text) {
  if (text.empty() || !is_digit(text.front()))
    return std::nullopt;
  const auto number = leading_int(text);
  if (!number)
    return std::nullopt;
  std::string suffix = to_lower(number->second);
  for (const std::string_view tail : {"ib", "b"})
    if (suffix.ends_with(tail)) {
      suffix.resize(suffix.size() - tail.size());
      break;
    }
  if (suffix.empty())
    return number->first;
  const int power = suffix.size() == 1 ? letter_power(suffix[0]) : 0;
  return power == 0 ? std::nullopt : scaled(number->first, 1024, power);
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  if (std::ranges::all_of(text, is_digit)) {
    const auto seconds = parse_int(text);
    if (!seconds || *seconds > kMax / 1'000'000'000)
      return std::nullopt;
    return std::chrono::seconds{*seconds};
  }
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || *part > kMax - total)
      return std::nullopt;
    total += *part;
  }
  return std::chrono::nanoseconds{total};
}

std::string format_duration(std::chrono::nanoseconds value) {
  std::int64_t rest = value.count();
  if (rest == 0)
    return "0s";
  std::string text;
  for (const std::string_view name : {"d", "h", "m", "s", "ms", "us", "ns"}) {
    const std::int64_t size = std::ranges::find(kUnits, name, &Unit::name)->nanoseconds;
    if (rest / size > 0)
      text += fmt::format("{}{}", rest / size, name);
    rest %= size;
  }
  return text;
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<const char*, 6> kNames{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024)
    return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t index = 0;
  while (value >= 1024 && index + 1 < kNames.size()) {
    value /= 1024;
    ++index;
  }
  return fmt::format("{:.1f} {}", value, kNames.at(index));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text.front());
    if (length == 0 || length > text.size() || !is_utf8_character(text.substr(0, length)))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace unified
