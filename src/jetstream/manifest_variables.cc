#include "jetstream/manifest_variables.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/nearest.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kShownBytes = 80;

bool is_name(std::string_view text) {
  const auto ok = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  return !text.empty() && std::ranges::all_of(text, ok);
}

Error unknown_variable(const std::string& name, const ManifestVariables& variables) {
  std::vector<std::string_view> names;
  names.reserve(variables.scalars.size() + variables.lists.size());
  for (const auto& [known, value] : variables.scalars)
    names.emplace_back(known);
  for (const auto& [known, values] : variables.lists)
    names.emplace_back(known);
  const auto near = nearest(name, names);
  return {fmt::format("unknown variable ${{{}}}{}", name,
                      near ? fmt::format(" (did you mean ${{{}}}?)", *near) : "")};
}

Result<std::string> value_of(const std::string& name,
                             const ManifestVariables& variables,
                             std::set<std::string>& used) {
  if (variables.secrets.contains(name))
    return Error{fmt::format("${{{}}} is a secret and must not be used in a manifest", name)};
  if (variables.lists.contains(name))
    return Error{fmt::format("${{{}}} is a list: it can only stand alone, in subjects", name)};
  const auto found = variables.scalars.find(name);
  if (found == variables.scalars.end())
    return unknown_variable(name, variables);
  used.insert(name);
  return found->second;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string result = "\"";
  for (const char c : text.substr(0, kShownBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result + (text.size() > kShownBytes ? "…\"" : "\"");
}

std::optional<std::string> lone_variable(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with('}'))
    return std::nullopt;
  const std::string_view name = text.substr(2, text.size() - 3);
  return is_name(name) ? std::optional<std::string>{name} : std::nullopt;
}

Result<std::string> substituted(std::string_view text,
                                const ManifestVariables& variables,
                                std::set<std::string>& used) {
  std::string result;
  while (true) {
    const std::size_t start = text.find("${");
    result += text.substr(0, start);
    if (start == std::string_view::npos)
      return result;
    text.remove_prefix(start + 2);
    if (result.ends_with('$') && start > 0) {  // `$${`
      result += '{';
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos)
      return Error{R"("${" without "}")"};
    const std::string name{text.substr(0, end)};
    if (!is_name(name))
      return Error{
          fmt::format("only ${{NAME}} can be used here, not ${{{}}}", name.substr(0, kShownBytes))};
    const auto value = value_of(name, variables, used);
    if (!value)
      return value.error();
    result += *value;
    text.remove_prefix(end + 1);
  }
}

std::string without_variables(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${")
      result += '$';
    result += text[i];
  }
  return result;
}

}  // namespace unified::jetstream
