#include "os/environ.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace unified::os {

Environment environment_snapshot() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && equals > 0)
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

std::vector<std::string> child_environment(const Environment& environment,
                                           const std::vector<std::string>& stripped) {
  std::vector<std::string> result;
  for (const auto& [name, value] : environment)
    if (std::ranges::find(stripped, name) == stripped.end())
      result.push_back(fmt::format("{}={}", name, value));
  return result;
}

}  // namespace unified::os
