#include "render/conf_keys.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/parse.h"

namespace unified::render {
namespace {

constexpr int kDeepest = 64;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_newline(char c) {
  return c == '\n' || c == '\r';
}
bool is_name_char(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || c == '-';
}
/// What keys of maps, subjects among them, may hold besides. What starts or ends something else is
/// left out.
bool is_subject_char(char c) {
  constexpr std::string_view kChars = "$*>.|@+~%&";
  return kChars.find(c) != std::string_view::npos;
}
bool is_printable_ascii(char c) {
  return c > ' ' && c < '\x7f';
}

/// Why a step failed; empty when it did not. (Result<void> with the line added once, at the end.)
using Refusal = std::optional<std::string>;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Refusal read_all(std::vector<ConfEntry>& entries) {
    while (true) {
      if (auto refused = skip_space_and_comments())
        return refused;
      if (at_end())
        return std::nullopt;
      const int line = line_;
      std::string key;
      if (auto refused = read_key(key, Where::kTop))
        return refused;
      ConfEntry& entry = entries.emplace_back();
      entry.key = ConfKey{.name = to_lower(key), .line = line};
      if (auto refused = read_entry_value(Where::kTop, entry.value))
        return refused;
      if (auto refused = read_end("}"))
        return refused;
    }
  }

  [[nodiscard]] int line() const { return line_; }

 private:
  enum class Where : std::uint8_t { kTop, kMap };

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool at_comment() const {
    return peek() == '#' || text_.substr(at_).starts_with("//");
  }
  char take() {
    if (text_[at_] == '\n')
      ++line_;
    return text_[at_++];
  }

  template <typename Predicate>
  std::string_view take_while(Predicate matches) {
    const std::size_t from = at_;
    while (!at_end() && matches(peek()))
      take();
    return text_.substr(from, at_ - from);
  }

  void skip_comment() {
    take_while([](char c) { return !is_newline(c); });
  }

  Refusal skip_space_and_comments() {
    while (!at_end()) {
      if (is_blank(peek()) || is_newline(peek()))
        take();
      else if (at_comment())
        skip_comment();
      else if (peek() == '/')
        return "a single slash";
      else
        break;
    }
    return std::nullopt;
  }

  Refusal read_key(std::string& key, Where where) {
    const char quote = peek();
    if (quote == '"' || quote == '\'') {
      take();
      key = take_while([quote](char c) { return c != quote && c != '\\' && !is_newline(c); });
      if (peek() != quote)
        return "a quoted key that is not closed, or with an escape";
      take();
    } else {
      key = take_while([where](char c) {
        return is_name_char(c) || (where == Where::kMap && is_subject_char(c));
      });
    }
    if (key.empty())
      return "something that is not a key";
    if (to_lower(key).starts_with("include"))
      return "include, which could bring in keys that cannot be checked";
    const bool plain = std::ranges::all_of(key, is_name_char);
    if (where == Where::kTop && !plain)
      return "a key with other characters than letters, digits, _ and -";
    const char after = peek();
    if (!is_blank(after) && !is_newline(after) && after != ':' && after != '=')
      return "a key that is not followed by a space, ':' or '='";
    return std::nullopt;
  }

  Refusal read_entry_value(Where where, ConfValue& value) {
    take_while([](char c) { return is_blank(c) || is_newline(c); });
    if (peek() == ':' || peek() == '=') {
      take();
      take_while(
          [where](char c) { return is_blank(c) || (where == Where::kMap && is_newline(c)); });
    }
    return read_value(value);
  }

  Refusal read_value(ConfValue& value) {
    switch (peek()) {
      case '{':
        value.kind = ConfValue::Kind::kMap;
        return nested(&Reader::read_map, value);
      case '[':
        value.kind = ConfValue::Kind::kArray;
        return nested(&Reader::read_array, value);
      case '(':
        return read_block();
      case '\'':
      case '"':
        return read_string(value);
      default:
        return read_bare(value);
    }
  }

  Refusal nested(Refusal (Reader::*read)(ConfValue&), ConfValue& value) {
    if (++depth_ > kDeepest)
      return "blocks nested too deeply";
    take();
    Refusal refused = (this->*read)(value);
    --depth_;
    return refused;
  }

  Refusal read_map(ConfValue& map) {
    while (true) {
      if (auto refused = skip_space_and_comments())
        return refused;
      if (peek() == '}') {
        take();
        return std::nullopt;
      }
      ConfEntry& entry = map.entries.emplace_back();
      entry.key.line = line_;
      if (auto refused = read_key(entry.key.name, Where::kMap))
        return refused;
      if (auto refused = read_entry_value(Where::kMap, entry.value))
        return refused;
      if (auto refused = read_end("}"))
        return refused;
    }
  }

  Refusal read_array(ConfValue& array) {
    while (true) {
      if (auto refused = skip_space_and_comments())
        return refused;
      if (peek() == ']') {
        take();
        return std::nullopt;
      }
      if (auto refused = read_value(array.items.emplace_back()))
        return refused;
      if (auto refused = read_end("]"))
        return refused;
    }
  }

  /// What must come after a value: a line end, a separator (taken), a comment or the closing
  /// bracket (left).
  Refusal read_end(std::string_view closing) {
    take_while(is_blank);
    if (at_end() || is_newline(peek()) || at_comment())
      return std::nullopt;
    const bool in_array = closing == "]";
    if (peek() == ',' || (peek() == ';' && !in_array)) {
      take();
      return std::nullopt;
    }
    if (depth_ > 0 && peek() == closing.front())
      return std::nullopt;
    return "a value that is followed by something else than a line end";
  }

  Refusal read_string(ConfValue& value) {
    const char quote = take();
    const std::size_t from = at_;
    while (!at_end() && peek() != quote) {
      const bool escape = quote == '"' && peek() == '\\';
      take();
      if (escape && !at_end())
        take();
    }
    if (at_end())
      return "a string that is not closed";
    value.text = text_.substr(from, at_ - from);
    const bool escaped = quote == '"' && value.text.find('\\') != std::string::npos;
    value.kind = escaped ? ConfValue::Kind::kOpaque : ConfValue::Kind::kText;
    take();
    return std::nullopt;
  }

  /// `( … )`: up to a line that is exactly ")".
  Refusal read_block() {
    const std::size_t end = text_.find("\n)", at_);
    const std::size_t after = end + 2;
    const bool closed =
        end != std::string_view::npos && (after == text_.size() || text_[after] == '\n');
    if (!closed)
      return "a block in round brackets without a line that is just ')'";
    while (at_ < after)
      take();
    return std::nullopt;
  }

  /// Numbers end for the server at the first odd character, other words at a separator: only words
  /// on which both rules agree.
  Refusal read_bare(ConfValue& value) {
    constexpr std::string_view kEnds = ",;]}";
    const std::string_view word = take_while([kEnds](char c) {
      return is_printable_ascii(c) && kEnds.find(c) == std::string_view::npos;
    });
    if (word.empty())
      return "a key without a value, or an odd character";
    if (word.find_first_of("'\"\\(){[") != std::string_view::npos)
      return "a value with quotes, brackets or a backslash inside: put it in double quotes";
    const bool number = is_digit(word.front()) || word.front() == '-' || word.front() == '.';
    const auto is_number_char = [](char c) { return is_name_char(c) || c == '.' || c == ':'; };
    const bool percentage =
        word.ends_with('%') && std::ranges::all_of(word.substr(0, word.size() - 1), is_digit);
    if (number && !percentage && !std::ranges::all_of(word, is_number_char))
      return "a number with other characters behind it";
    value.text = word;
    value.kind = word.starts_with('$') ? ConfValue::Kind::kOpaque : ConfValue::Kind::kText;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int depth_ = 0;
};

/// Bytes that the server takes for something else than they look: NUL is its end of file, a lone CR
/// ends a comment.
Refusal odd_byte(std::string_view text, int& line) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool lone_return = text[i] == '\r' && text.substr(i + 1, 1) != "\n";
    if (lone_return || byte == 0x7F || (byte < 0x20 && !is_newline(text[i]) && !is_blank(text[i])))
      return "a control character";
    if (text[i] == '\n')
      ++line;
  }
  if (!is_utf8(text))
    return "not UTF-8";
  return std::nullopt;
}

}  // namespace

Result<std::vector<ConfEntry>> read_conf(std::string_view text, const std::string& file) {
  const auto refuse = [&file](int line, const std::string& what) {
    return Error{fmt::format("{}:{}: cannot check this file: {}", file, line, what)};
  };
  int line = 1;
  if (auto refused = odd_byte(text, line))
    return refuse(line, *refused);
  std::vector<ConfEntry> entries;
  Reader reader{text};
  if (auto refused = reader.read_all(entries))
    return refuse(reader.line(), *refused);
  return entries;
}

Result<std::vector<ConfKey>> top_level_keys(std::string_view text, const std::string& file) {
  const auto entries = read_conf(text, file);
  if (!entries)
    return entries.error();
  std::vector<ConfKey> keys;
  for (const ConfEntry& entry : *entries)
    keys.push_back(entry.key);
  return keys;
}

}  // namespace unified::render
