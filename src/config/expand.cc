#include "config/expand.h"

#include <utility>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/printable.h"

namespace unified::config {
namespace {

bool is_name_start(char c) {
  return is_letter(c) || c == '_';
}

bool is_name_char(char c) {
  return is_name_start(c) || is_digit(c);
}

/// Where the `}` of a `${` stands whose body begins at `from`; npos if it is missing.
std::size_t closing_brace(std::string_view text, std::size_t from) {
  int depth = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      ++depth;
      ++i;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

class Expander {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string&)>;
  explicit Expander(const Lookup& lookup) : lookup_(lookup) {}

  // Recursive: a default may hold references itself; its depth is bounded by the text's length.
  Result<std::string> run(std::string_view text) {  // NOLINT(misc-no-recursion)
    std::string out;
    while (!text.empty()) {
      const std::size_t dollar = text.find('$');
      out += text.substr(0, dollar);
      if (dollar == std::string_view::npos)
        break;
      text.remove_prefix(dollar + 1);
      auto part = after_dollar(text);
      if (!part)
        return part.error();
      out += *part;
    }
    return out;
  }

  [[nodiscard]] bool has_unset() const { return has_unset_; }

 private:
  /// Takes what follows a `$` off `text`.
  Result<std::string> after_dollar(std::string_view& text) {  // NOLINT(misc-no-recursion)
    if (text.starts_with('$')) {
      text.remove_prefix(1);
      return std::string{"$"};
    }
    if (text.starts_with('{')) {
      const std::size_t end = closing_brace(text, 1);
      if (end == std::string_view::npos)
        return Error{"${ without }"};
      const std::string_view body = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
      return braced(body);
    }
    const std::size_t length = variable_name_length(text);
    if (length == 0)
      return Error{
          "a $ without a variable name: a literal $ is written $$, or the value is put in single "
          "quotes"};
    const std::string name{text.substr(0, length)};
    text.remove_prefix(length);
    return plain(name);
  }

  std::string plain(const std::string& name) {
    if (auto value = lookup_(name))
      return *std::move(value);
    has_unset_ = true;
    return {};
  }

  Result<std::string> braced(std::string_view body) {  // NOLINT(misc-no-recursion)
    const std::string name{body.substr(0, variable_name_length(body))};
    std::string_view rest = body.substr(name.size());
    if (name.empty())
      return Error{"${…} without a variable name"};
    if (rest.empty())
      return plain(name);
    const bool empty_counts = rest.starts_with(':');  // with a colon, empty is as good as unset
    if (empty_counts)
      rest.remove_prefix(1);
    if (rest.empty() || std::string_view{"-+?"}.find(rest[0]) == std::string_view::npos)
      return Error{"${NAME…} with an unknown operator: :- - :+ + :? ? are accepted"};
    const auto value = lookup_(name);
    const bool has = value && !(empty_counts && value->empty());
    const std::string_view word = rest.substr(1);
    switch (rest[0]) {
      case '-':
        return has ? Result<std::string>{*value} : run(word);
      case '+':
        return has ? run(word) : Result<std::string>{std::string{}};
      default:
        break;
    }
    if (has)
      return *value;
    return Error{fmt::format("the variable {} of a ${{NAME:?message}} is not set{}{}", name,
                             word.empty() ? "" : ": ", printable(std::string{word}))};
  }

  const Lookup& lookup_;
  bool has_unset_ = false;
};

}  // namespace

std::size_t variable_name_length(std::string_view text) {
  if (text.empty() || !is_name_start(text[0]))
    return 0;
  std::size_t length = 1;
  while (length < text.size() && is_name_char(text[length]))
    ++length;
  return length;
}

bool is_variable_name(std::string_view text) {
  return !text.empty() && variable_name_length(text) == text.size();
}

Result<Expanded> expand(
    std::string_view text,
    const std::function<std::optional<std::string>(const std::string&)>& lookup) {
  Expander expander{lookup};
  auto out = expander.run(text);
  if (!out)
    return out.error();
  return Expanded{.text = *std::move(out), .has_unset = expander.has_unset()};
}

}  // namespace unified::config
