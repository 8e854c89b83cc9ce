#include "config/dotenv.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/parse.h"
#include "config/expand.h"

namespace unified::config {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr auto kEnd = std::string_view::npos;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/// The length of a name that Compose takes (compose-go, dotenv locateKeyName: also dots, dashes and
/// brackets, a digit in front) and no shell does, before its = or :. 0: there is no such name.
std::size_t foreign_name_length(std::string_view text) {
  const auto is_part = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"_.-[]"}.find(c) != kEnd;
  };
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_part) - text.begin());
  const std::string_view name = text.substr(0, end);
  if (end == 0 || variable_name_length(name) == end)
    return 0;
  const auto* const behind = std::ranges::find_if_not(text.substr(end), is_blank);
  return behind != text.end() && (*behind == '=' || *behind == ':') ? end : 0;
}

std::string with_unix_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
      out += text[i];
  return out;
}

/// `\0ddd` (three octal digits up to 377) at the start of `text`, as Compose writes a byte.
std::optional<char> octal_escape(std::string_view text) {
  if (text.size() < 5)
    return std::nullopt;
  int value = 0;
  for (const char digit : text.substr(2, 3)) {
    if (digit < '0' || digit > '7')
      return std::nullopt;
    value = value * 8 + (digit - '0');
  }
  if (value > 255)
    return std::nullopt;
  return static_cast<char>(value);
}

/// The escapes of double quotes. `\$` becomes `$$`, which expand() turns into a plain `$`.
std::string unescape(std::string_view text) {
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\\"";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    const std::size_t letter = next == '\0' ? kEnd : kLetters.find(next);
    if (letter != kEnd) {
      out += kBytes[letter];
      ++i;
    } else if (next == '$') {
      out += "$$";
      ++i;
    } else if (const auto byte = next == '0' ? octal_escape(text.substr(i)) : std::nullopt) {
      out += *byte;
      i += 4;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Parser {
 public:
  Parser(std::string text, std::string name, const DotenvContext& context)
      : text_(std::move(text)),
        name_(std::move(name)),
        context_(context) {}

  Dotenv run() {
    while (position_ < text_.size()) {
      statement();
      next_line();
    }
    return std::move(result_);
  }

 private:
  /// The statement that begins in this line; leaves position_ somewhere in its last line.
  void statement() {
    skip_blanks();
    if (at_line_end() || text_[position_] == '#')
      return;
    const int line = line_;
    skip_export();
    if (const std::size_t foreign = foreign_name_length(rest()); foreign > 0) {
      foreign_assignment(foreign, line);
      return;
    }
    const std::size_t length = variable_name_length(rest());
    const std::string variable{rest().substr(0, length)};
    position_ += length;
    skip_blanks();
    if (length == 0) {
      report(Severity::kError, line, "",
             "not an assignment: NAME=value is expected, with a name of letters, digits and _");
    } else if (at_line_end() || text_[position_] == '#') {
      inherit(variable, line);
    } else if (text_[position_] == '=' || text_[position_] == ':') {
      ++position_;
      assignment(variable, line);
    } else {
      report(Severity::kError, line, "",
             "not an assignment: = is expected after the name, which is of letters, digits and _");
    }
  }

  /// Read like any other, for it may go over several lines, but to no effect.
  void foreign_assignment(std::size_t length, int line) {
    const std::string name{rest().substr(0, length)};
    position_ += rest().find_first_of("=:") + 1;
    // The name is not shown: it may be a line of a key that lacks its quotes.
    report(Severity::kWarning, line, "",
           "the name is none of a variable of ours (letters, digits and _): it has no effect");
    is_foreign_ = true;
    assignment(name, line);
    is_foreign_ = false;
  }

  void assignment(const std::string& variable, int line) {
    const std::size_t start = position_;
    skip_blanks();
    const char first = at_line_end() ? '\0' : text_[position_];
    if (first == '\'' || first == '"') {
      quoted(variable, line, first);
      return;
    }
    // From right after the `=`, so that the blank before a comment counts also when the value is
    // empty.
    const std::string_view raw = line_from(start);
    std::size_t end = raw.find('#');
    while (end != kEnd && (end == 0 || !is_blank(raw[end - 1])))
      end = raw.find('#', end + 1);
    add(variable, line, trim(raw.substr(0, end)));
  }

  void quoted(const std::string& variable, int line, char quote) {
    const std::size_t opening = position_;
    std::size_t closing = opening + 1;
    std::string content;
    for (; closing < text_.size() && text_[closing] != quote; ++closing) {
      if (text_[closing] == '\\' && closing + 1 < text_.size()) {
        // Only the quote itself loses its backslash here; the other escapes belong to double quotes
        // alone.
        if (text_[++closing] != quote)
          content += '\\';
      }
      content += text_[closing];
      line_ += text_[closing] == '\n' ? 1 : 0;
    }
    if (closing >= text_.size()) {
      line_ = line;
      report(Severity::kError, line, variable, fmt::format("the closing {} is missing", quote));
      return;  // position_ is still in the first line: the lines after it are read as usual
    }
    position_ = closing + 1;
    skip_blanks();
    if (!at_line_end() && text_[position_] != '#') {
      report(Severity::kError, line, variable,
             "there is text after the closing quote: a comment begins with #");
      return;
    }
    if (quote == '\'')
      keep(variable, line, content);
    else
      add(variable, line, unescape(content));
  }

  void add(const std::string& variable, int line, std::string_view text) {
    auto expanded = expand(text, [this](const std::string& name) { return lookup(name); });
    if (!expanded) {
      report(Severity::kError, line, variable, expanded.error().message);
      return;
    }
    if (expanded->has_unset)
      report(Severity::kWarning, line, variable,
             "a variable in it is not set and became empty text: a literal $ is written $$, or the "
             "value is put in "
             "single quotes");
    keep(variable, line, expanded->text);
  }

  void inherit(const std::string& variable, int line) {
    const auto value = context_.environment ? context_.environment(variable) : std::nullopt;
    if (value && !value->empty())
      keep(variable, line, *value);
    else
      report(Severity::kWarning, line, variable,
             "has no = and is not set in the environment either: it has no effect");
  }

  void keep(const std::string& variable, int line, const std::string& value) {
    if (is_foreign_)
      return;
    above_[variable] = value;
    result_.entries.push_back({variable, value, line});
  }

  [[nodiscard]] std::optional<std::string> lookup(const std::string& name) const {
    auto value = context_.environment ? context_.environment(name) : std::nullopt;
    if (value && !value->empty())
      return value;
    if (const auto found = above_.find(name); found != above_.end())
      return found->second;
    auto earlier = context_.earlier_files ? context_.earlier_files(name) : std::nullopt;
    return earlier ? earlier : value;  // an empty one is set, which ${NAME-default} asks
  }

  void report(Severity severity, int line, const std::string& variable, std::string message) {
    result_.problems.push_back(
        {severity, variable, fmt::format("{}:{}", name_, line), "", std::move(message)});
  }

  void skip_export() {
    constexpr std::string_view kExport = "export";
    if (!rest().starts_with(kExport) || rest().size() == kExport.size() ||
        !is_blank(rest()[kExport.size()]))
      return;
    position_ += kExport.size();
    skip_blanks();
  }

  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_]))
      ++position_;
  }

  void next_line() {
    position_ = text_.find('\n', position_);
    position_ = position_ == std::string::npos ? text_.size() : position_ + 1;
    ++line_;
  }

  [[nodiscard]] bool at_line_end() const {
    return position_ >= text_.size() || text_[position_] == '\n';
  }
  [[nodiscard]] std::string_view rest() const { return std::string_view{text_}.substr(position_); }
  [[nodiscard]] std::string_view line_from(std::size_t start) const {
    const std::string_view from = std::string_view{text_}.substr(start);
    return from.substr(0, from.find('\n'));
  }

  std::string text_;
  std::string name_;
  const DotenvContext& context_;
  std::size_t position_ = 0;
  int line_ = 1;
  std::map<std::string, std::string> above_;
  bool is_foreign_ = false;  ///< what is read is assigned to nothing
  Dotenv result_;
};

}  // namespace

Dotenv parse_dotenv(std::string_view text, const std::string& name, const DotenvContext& context) {
  if (text.starts_with(kBom))
    text.remove_prefix(kBom.size());
  return Parser{with_unix_line_ends(text), name, context}.run();
}

}  // namespace unified::config
