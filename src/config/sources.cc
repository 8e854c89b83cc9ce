#include "config/sources.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/check.h"
#include "config/dotenv.h"
#include "config/unknown.h"
#include "config/variables.h"

namespace unified::config {
namespace {

struct Said {
  std::string text;
  std::string origin;
};
using Sayings = std::map<std::string, Said>;

/// A .env is shared with other services: a blank in the value of one of their variables is not ours
/// to warn about. A line without a valid name is: it may be a misspelt one of ours.
bool concerns_us(const Problem& problem) {
  return problem.severity == Severity::kError || problem.variable.empty() ||
         find_variable(problem.variable) != nullptr;
}

/// What the last line of each name says; files in order, so that the later one wins.
Sayings read_env_files(const Inputs& inputs, Problems& problems) {
  Sayings said;
  const DotenvContext context{
      .environment =
          [&](const std::string& name) {
            const auto found = inputs.environment.find(name);
            return found == inputs.environment.end() ? std::nullopt : std::optional{found->second};
          },
      .earlier_files =
          [&](const std::string& name) {
            const auto found = said.find(name);
            return found == said.end() ? std::nullopt : std::optional{found->second.text};
          }};
  for (const EnvFile& file : inputs.env_files) {
    Dotenv parsed = parse_dotenv(file.text, file.name, context);
    Sayings in_file;
    for (DotenvEntry& entry : parsed.entries)
      in_file[entry.name] = {.text = std::move(entry.value),
                             .origin = fmt::format("{}:{}", file.name, entry.line)};
    for (auto& [name, saying] : in_file)
      if (!saying.text.empty())  // empty is unset, an earlier file may still say something
        said[name] = std::move(saying);
    std::ranges::copy_if(parsed.problems, std::back_inserter(problems), concerns_us);
  }
  return said;
}

bool same_meaning(const std::string& one, const std::string& other) {
  const auto as_bool = parse_bool(one);
  return one == other || (as_bool && as_bool == parse_bool(other));
}

void check_contradiction(const std::string& name,
                         const std::string& text,
                         const std::string& flag,
                         const Sayings& said,
                         Problems& problems) {
  const auto other = said.find(name);
  if (other == said.end() || same_meaning(other->second.text, text))
    return;
  problems.push_back({Severity::kError,
                      name,
                      "argument",
                      {},
                      fmt::format("{} says otherwise than {}: leave one of the two away", flag,
                                  other->second.origin)});
}

Sayings read_all(const Inputs& inputs, Problems& problems) {
  Sayings said = read_env_files(inputs, problems);
  for (const auto& [name, text] : inputs.environment)
    if (!text.empty())
      said[name] = {.text = text, .origin = "environment"};
  for (const auto& [name, text] : inputs.arguments) {
    if (text.empty())
      continue;
    if (const auto flag = inputs.flags.find(name); flag != inputs.flags.end())
      check_contradiction(name, text, flag->second, said, problems);
    said[name] = {.text = text, .origin = "argument"};
  }
  return said;
}

/// A variable whose line is broken was set, only nobody knows to what.
void mark_broken(const Problems& problems, Values& values) {
  for (const Problem& problem : problems)
    if (problem.severity == Severity::kError && find_variable(problem.variable) != nullptr) {
      Value& value = values.at(problem.variable);
      value.faulty = value.faulty || !value.set;
      value.set = true;
    }
}

std::string without_last_newline(std::string text) {
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  return text;
}

/// The secret in the file that NAME_FILE names.
Result<std::string> read_secret(const std::string& name,
                                const std::string& path,
                                const Sayings& said,
                                const Host& host) {
  if (const auto direct = said.find(name); direct != said.end())
    return Error{fmt::format("{} is set too ({}): only one of the two is accepted", name,
                             direct->second.origin)};
  auto content = host.read_file(path);
  if (!content)
    return Error{fmt::format("the secret can't be read: {}", content.error().message)};
  std::string text = without_last_newline(*std::move(content));
  if (text.empty())
    return Error{"the file is empty: it must hold the secret"};
  return text;
}

void take(Value& value, Said said, Problems& problems) {
  value.set = true;
  value.origin = std::move(said.origin);
  value.text = std::move(said.text);
  if (!value.variable->ours())
    return;
  if (auto wrong = fault(*value.variable, value.text)) {
    problems.push_back(problem_of(value, Severity::kError, *std::move(wrong)));
    value.faulty = true;
    value.refused = std::exchange(value.text, std::string{value.variable->default_text});
  }
}

/// As if NAME had been set to what the file of NAME_FILE holds.
void take_from_file(Value& value, const Sayings& said, const Host& host, Problems& problems) {
  const std::string name{value.variable->name};
  const auto found = said.find(name + "_FILE");
  if (found == said.end())
    return;
  const auto& [path, origin] = found->second;
  auto secret = read_secret(name, path, said, host);
  if (secret) {
    value.file = path;
    take(value, {.text = *std::move(secret), .origin = fmt::format("{} ({}_FILE)", origin, name)},
         problems);
    return;
  }
  problems.push_back({Severity::kError, name + "_FILE", origin, path, secret.error().message});
  value.set = true;
  value.faulty = true;
}

}  // namespace

Values gather(const Inputs& inputs, const Host& host, Problems& problems) {
  const Sayings said = read_all(inputs, problems);
  Values values;
  for (const std::string_view name : variable_names()) {
    Value& value = values.at(name);
    if (const auto direct = said.find(std::string{name}); direct != said.end())
      take(value, direct->second, problems);
    if (value.variable->hidden())
      take_from_file(value, said, host, problems);
  }
  mark_broken(problems, values);
  for (const auto& [name, saying] : said)
    if (auto problem = judge_unknown(name, saying.text, saying.origin, inputs.strict))
      problems.push_back(*std::move(problem));
  return values;
}

}  // namespace unified::config
