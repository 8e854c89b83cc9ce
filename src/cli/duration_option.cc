#include "cli/duration_option.h"

#include <optional>

#include <CLI/CLI.hpp>

#include "base/parse.h"

namespace unified::cli {

void add_duration(CLI::App& command,
                  const std::string& name,
                  std::chrono::milliseconds& value,
                  const std::string& help) {
  const auto take = [&value](const std::string& text) {
    value = std::chrono::ceil<std::chrono::milliseconds>(parse_duration(text).value_or(value));
  };
  const auto check = [](const std::string& text) {
    return parse_duration(text) ? std::string{}
                                : text + ": seconds are accepted, or a duration like 90s, 2m";
  };
  command.add_option_function<std::string>(name, take, help)
      ->check(check, "", "duration")
      ->type_name("DURATION")
      ->default_str(format_duration(value));
}

}  // namespace unified::cli
