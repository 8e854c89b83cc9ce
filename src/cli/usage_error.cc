#include "cli/usage_error.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"

namespace unified::cli {
namespace {

/// What people will type all the same, and the way until it is a command.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kElsewhere{{
    {"backup", "stop the broker and copy JETSTREAM_STORE_DIR"},
    {"restore", "stop the broker and put the copy back to JETSTREAM_STORE_DIR"},
}};

std::string meant(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const auto found = nearest(word, views);
  return found ? fmt::format("; did you mean {}?", *found) : std::string{};
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

std::string no_such_command(const CLI::App& app, const std::string& word) {
  for (const auto& [name, way] : kElsewhere)
    if (word == name)
      return fmt::format("the command {} is not built yet in this release: {}", word, way);
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr))
    names.push_back(command->get_name());
  return fmt::format("there is no command {}{}", word, meant(word, names));
}

/// The first one that nobody took.
std::string unexpected(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::vector<std::string> left = app.remaining(true);
  for (const std::string& argument : arguments)
    if (std::ranges::find(left, argument) != left.end())
      return argument;
  return left.empty() ? std::string{} : left.front();
}

}  // namespace

std::string explain(const CLI::App& app,
                    const CLI::ParseError& error,
                    const std::vector<std::string>& arguments) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string where =
      chosen.empty() ? std::string{} : fmt::format("{}: ", command.get_name());
  std::string what = where + error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string word = unexpected(app, arguments);
    if (word.starts_with('-'))
      what =
          fmt::format("{}there is no option {}{}", where, word, meant(word, option_names(command)));
    else if (chosen.empty())
      what = no_such_command(app, word);
    else
      what = fmt::format("{}the argument {} is one too many", where, word);
  }
  return fmt::format("error: {}\n`unified_entrypoint {}--help` shows what is accepted\n", what,
                     chosen.empty() ? std::string{} : command.get_name() + " ");
}

CLI::Validator one_of(std::vector<std::string> words) {
  const std::string all = fmt::format("{}", fmt::join(words, "|"));
  return CLI::Validator{[words = std::move(words)](const std::string& word) {
                          if (std::ranges::find(words, word) != words.end())
                            return std::string{};
                          return fmt::format(
                              "there is no {}{} There are: {}", word,
                              meant(word, words).empty() ? std::string{"."} : meant(word, words),
                              fmt::join(words, ", "));
                        },
                        all};
}

}  // namespace unified::cli
