#include "base/server_version.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace unified {

std::optional<ServerVersion> parse_server_version(std::string_view text) {
  const std::size_t start = text.find_first_of("0123456789");
  if (start == std::string_view::npos)
    return std::nullopt;
  const char* at = text.data() + start;
  const char* const end = text.data() + text.size();
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, numbers.at(i));
    if (error != std::errc{})
      return std::nullopt;
    at = next;
    if (i + 1 < numbers.size()) {
      if (at == end || *at != '.')
        return std::nullopt;
      ++at;
    }
  }
  return ServerVersion{numbers[0], numbers[1], numbers[2]};
}

std::string to_text(ServerVersion version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

}  // namespace unified
