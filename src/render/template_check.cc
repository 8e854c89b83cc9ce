#include "render/template_check.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/parse.h"

namespace unified::render {
namespace {

struct Tag {
  char kind = 0;  ///< '#', '^', '/', '!', '=', '>', '{' for unescaped, 'v' for a plain variable
  std::string_view name;
  std::size_t line = 0;
};

struct Section {
  std::string_view name;
  std::size_t line = 0;
  const Value* element =
      nullptr;  ///< the list whose elements {{.}} stands for; null where there are none
};

Error at_line(std::size_t line, const std::string& message) {
  return Error{fmt::format("template line {}: {}", line, message)};
}

/// Reads the tags one after the other, delimiting them as kainjow does.
class TagReader {
 public:
  explicit TagReader(std::string_view text) : text_(text) {}

  /// Nothing at the end of the text.
  Result<std::optional<Tag>> next() {
    const std::size_t start = text_.find("{{", at_);
    if (start == std::string_view::npos)
      return std::optional<Tag>{};
    line_ += newlines(at_, start);
    const bool triple = text_.substr(start + 2).starts_with('{');
    const std::string_view closing = triple ? "}}}" : "}}";
    const std::size_t inside = start + closing.size();
    const std::size_t end = text_.find(closing, inside);
    if (end == std::string_view::npos)
      return at_line(line_, fmt::format("tag without {}", closing));
    const Tag tag = classify(trim(text_.substr(inside, end - inside)), triple);
    line_ += newlines(start, end);
    at_ = end + closing.size();
    return std::optional<Tag>{tag};
  }

 private:
  [[nodiscard]] Tag classify(std::string_view content, bool triple) const {
    constexpr std::string_view kMarks = "#^/!=>&";
    if (triple)
      return Tag{.kind = '{', .name = content, .line = line_};
    if (content.empty() || kMarks.find(content.front()) == std::string_view::npos)
      return Tag{.kind = 'v', .name = content, .line = line_};
    const char mark = content.front() == '&' ? '{' : content.front();
    return Tag{.kind = mark, .name = trim(content.substr(1)), .line = line_};
  }

  [[nodiscard]] std::size_t newlines(std::size_t from, std::size_t to) const {
    return static_cast<std::size_t>(std::ranges::count(text_.substr(from, to - from), '\n'));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// How a value wants to be written; the words of every "write it so" message.
std::string usage(std::string_view name, const Value& value) {
  if (std::holds_alternative<std::string>(value))
    return fmt::format("is text: write {{{{{}}}}}", name);
  if (std::holds_alternative<Literal>(value))
    return fmt::format("is a number, boolean or duration: write {{{{{{{}}}}}}}", name);
  if (std::holds_alternative<Flag>(value))
    return fmt::format("only opens a section: write {{{{#{0}}}}} … {{{{/{0}}}}}", name);
  const bool text = std::holds_alternative<std::vector<std::string>>(value);
  return fmt::format("has any number of values: write {{{{#{0}}}}} … {1} … {{{{/{0}}}}}", name,
                     text ? "{{.}}" : "{{{.}}}");
}

class Checker {
 public:
  explicit Checker(const View& view) : view_(view) {}

  Result<void> take(const Tag& tag) {
    switch (tag.kind) {
      case '!':
        return {};
      case '=':
        return at_line(tag.line, "the delimiters cannot be changed");
      case '>':
        return at_line(tag.line, fmt::format("{{{{>{}}}}}: there are no partials", tag.name));
      case '/':
        return close(tag);
      case '#':
      case '^':
        return open(tag);
      default:
        return tag.name == "." ? element(tag) : variable(tag);
    }
  }

  [[nodiscard]] Result<void> finish() const {
    if (!sections_.empty())
      return at_line(sections_.back().line,
                     fmt::format("section {{{{#{}}}}} is not closed", sections_.back().name));
    return {};
  }

 private:
  Result<const Value*> find(const Tag& tag) const {
    if (const auto found = view_.find(tag.name); found != view_.end())
      return &found->second;
    std::vector<std::string_view> names;
    names.reserve(view_.size());
    for (const auto& entry : view_)
      names.emplace_back(entry.first);
    const auto meant = nearest(tag.name, names);
    return at_line(tag.line, fmt::format("{{{{{}}}}}: no such name{}", tag.name,
                                         meant ? fmt::format(", did you mean {}?", *meant) : ""));
  }

  Result<void> open(const Tag& tag) {
    const auto value = find(tag);
    if (!value)
      return value.error();
    const bool single =
        std::holds_alternative<std::string>(**value) || std::holds_alternative<Literal>(**value);
    if (single)
      return at_line(tag.line, fmt::format("{} {}", tag.name, usage(tag.name, **value)));
    const bool elements = tag.kind == '#' && !std::holds_alternative<Flag>(**value);
    sections_.push_back(
        Section{.name = tag.name, .line = tag.line, .element = elements ? *value : nullptr});
    return {};
  }

  Result<void> close(const Tag& tag) {
    if (sections_.empty() || sections_.back().name != tag.name)
      return at_line(tag.line, fmt::format("{{{{/{}}}}} closes no open section", tag.name));
    sections_.pop_back();
    return {};
  }

  [[nodiscard]] Result<void> element(const Tag& tag) const {
    const Value* list = sections_.empty() ? nullptr : sections_.back().element;
    if (list == nullptr)
      return at_line(tag.line, "{{.}} stands directly in no section that has values");
    const bool escaped = tag.kind == 'v';
    if (escaped != std::holds_alternative<std::vector<std::string>>(*list))
      return at_line(tag.line, fmt::format("{0} {1}", sections_.back().name,
                                           usage(sections_.back().name, *list)));
    return {};
  }

  [[nodiscard]] Result<void> variable(const Tag& tag) const {
    const auto value = find(tag);
    if (!value)
      return value.error();
    const bool fits = tag.kind == 'v' ? std::holds_alternative<std::string>(**value)
                                      : std::holds_alternative<Literal>(**value);
    if (!fits)
      return at_line(tag.line, fmt::format("{} {}", tag.name, usage(tag.name, **value)));
    return {};
  }

  const View& view_;
  std::vector<Section> sections_;
};

bool is_tag_line(std::string_view line) {
  constexpr std::string_view kStandalone = "#^/!";
  const std::string_view tag = trim(line);
  return tag.size() > 4 && tag.starts_with("{{") && tag.ends_with("}}") &&
         kStandalone.find(tag[2]) != std::string_view::npos && tag.find("}}") == tag.size() - 2;
}

}  // namespace

Result<void> check_template(std::string_view tmpl, const View& view) {
  TagReader reader{tmpl};
  Checker checker{view};
  while (true) {
    const auto tag = reader.next();
    if (!tag)
      return tag.error();
    const std::optional<Tag>& found = *tag;
    if (!found)
      return checker.finish();
    if (auto taken = checker.take(*found); !taken)
      return taken;
  }
}

std::string without_tag_lines(std::string_view tmpl) {
  std::string text;
  while (!tmpl.empty()) {
    const std::size_t end = std::min(tmpl.find('\n'), tmpl.size() - 1) + 1;
    const std::string_view line = tmpl.substr(0, end);
    text += is_tag_line(line) ? trim(line) : line;
    tmpl.remove_prefix(end);
  }
  return text;
}

}  // namespace unified::render
