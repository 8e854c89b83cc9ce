#include "render/view.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace unified::render {

Literal Literal::number(std::int64_t value) {
  return Literal{fmt::format("{}", value)};
}

Literal Literal::boolean(bool value) {
  return Literal{value ? "true" : "false"};
}

Literal Literal::duration(std::chrono::nanoseconds value) {
  return Literal{fmt::format("\"{}\"", go_duration(value))};
}

std::string go_duration(std::chrono::nanoseconds value) {
  using Unit = std::pair<const char*, std::int64_t>;
  constexpr std::array<Unit, 5> kUnits{{{"h", 3'600'000'000'000},
                                        {"m", 60'000'000'000},
                                        {"s", 1'000'000'000},
                                        {"ms", 1'000'000},
                                        {"us", 1'000}}};
  if (value.count() == 0)
    return "0s";
  for (const auto& [name, size] : kUnits)
    if (value.count() % size == 0)
      return fmt::format("{}{}", value.count() / size, name);
  return fmt::format("{}ns", value.count());
}

}  // namespace unified::render
