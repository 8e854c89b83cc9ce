#pragma once

#include <optional>
#include <string>

namespace unified::render {

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/// What nats-server's lexer makes of a double-quoted string that ends the input (conf/lex.go
/// lexDubQuotedString, lexStringEscape), written on its own: nothing if it would complain, or stop
/// before the end. tests/integration/nasty_strings_test.cc shows that real servers agree.
inline std::optional<std::string> read_conf_string(const std::string& input) {
  if (input.empty() || input[0] != '"')
    return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < input.size(); ++i) {
    const char c = input[i];
    if (c == '\0')
      return std::nullopt;
    if (c == '"')
      return i + 1 == input.size() ? std::optional{text} : std::nullopt;
    if (c != '\\') {
      text += c;
      continue;
    }
    if (++i == input.size())
      return std::nullopt;
    switch (input[i]) {
      case 't':
        text += '\t';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case '"':
      case '\\':
        text += input[i];
        break;
      case 'x': {
        if (i + 2 >= input.size() || hex_digit(input[i + 1]) < 0 || hex_digit(input[i + 2]) < 0)
          return std::nullopt;
        text += static_cast<char>(hex_digit(input[i + 1]) * 16 + hex_digit(input[i + 2]));
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace unified::render
