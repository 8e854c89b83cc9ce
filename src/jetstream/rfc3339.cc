#include "jetstream/rfc3339.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace unified::jetstream {
namespace {

/// `count` digits at `at`; nothing if there are others.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size())
    return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9')
      return std::nullopt;
    value = (value * 10) + (c - '0');
  }
  return value;
}

/// ".145678694" -> nanoseconds; takes it off the text.
std::int64_t take_fraction(std::string_view& text) {
  if (!text.starts_with('.'))
    return 0;
  text.remove_prefix(1);
  std::int64_t value = 0;
  std::int64_t unit = 100'000'000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return value;
}

/// "Z" -> 0, "+02:00" -> 120 minutes.
std::optional<int> zone_minutes(std::string_view text) {
  if (text == "Z" || text == "z")
    return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
    return std::nullopt;
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  if (!hours || !minutes)
    return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * ((*hours * 60) + *minutes);
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || *year < 1970 || *year > 2200)
    return std::nullopt;
  text.remove_prefix(19);
  const std::int64_t fraction = take_fraction(text);
  const auto zone = zone_minutes(text);
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!zone || !date.ok())
    return std::nullopt;
  const std::chrono::seconds since_epoch =
      std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
      std::chrono::minutes{*minute - *zone} + std::chrono::seconds{*second};
  return (since_epoch.count() * 1'000'000'000) + fraction;
}

bool is_zero_time(std::string_view text) {
  return text.starts_with("0001-01-01T00:00:00");
}

std::string format_rfc3339(std::int64_t unix_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{unix_ns}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string fraction;
  if (clock.subseconds().count() != 0) {
    fraction = fmt::format(".{:09}", clock.subseconds().count());
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     fraction);
}

}  // namespace unified::jetstream
