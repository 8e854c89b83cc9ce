#include "base/subjects.h"

#include <algorithm>
#include <cstddef>

#include "base/split.h"

namespace unified {
namespace {

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F;
}

bool is_valid_token(std::string_view token) {
  return !token.empty() && std::ranges::none_of(token, is_blank_or_control);
}

bool tokens_overlap(std::string_view a, std::string_view b) {
  return a == b || a == "*" || b == "*";
}

}  // namespace

std::vector<std::string_view> subject_tokens(std::string_view subject) {
  return split(subject, '.');
}

bool is_valid_subject(std::string_view subject) {
  const auto tokens = subject_tokens(subject);
  if (!std::ranges::all_of(tokens, is_valid_token))
    return false;
  // The server takes `a*` as a literal token, but whoever writes it means a wildcard.
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool has_wildcard = tokens[i].find_first_of("*>") != std::string_view::npos;
    if (has_wildcard && tokens[i].size() > 1)
      return false;
    if (tokens[i] == ">" && i + 1 != tokens.size())
      return false;
  }
  return true;
}

bool subjects_overlap(std::string_view a, std::string_view b) {
  const auto left = subject_tokens(a);
  const auto right = subject_tokens(b);
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (left[i] == ">" || right[i] == ">")
      return true;
    if (!tokens_overlap(left[i], right[i]))
      return false;
  }
  return left.size() == right.size();
}

bool subject_covers(std::string_view wide, std::string_view narrow) {
  const auto outer = subject_tokens(wide);
  const auto inner = subject_tokens(narrow);
  for (std::size_t i = 0; i < outer.size(); ++i) {
    if (i >= inner.size())
      return false;
    if (outer[i] == ">")
      return true;
    if (inner[i] == ">" || (outer[i] != "*" && outer[i] != inner[i]))
      return false;
  }
  return outer.size() == inner.size();
}

}  // namespace unified
