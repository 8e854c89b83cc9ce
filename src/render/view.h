#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace unified::render {

/// Text that may stand in nats.conf without the escape: made from numbers, booleans and durations
/// only, so that nobody's string can break out of its place.
class Literal {
 public:
  static Literal number(std::int64_t value);
  static Literal boolean(bool value);
  /// A Go duration in double quotes: bare `2m` is two million to nats-server.
  static Literal duration(std::chrono::nanoseconds value);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  explicit Literal(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Only opens a section: {{#name}} … {{/name}}, {{^name}} … {{/name}}.
struct Flag {
  bool on = false;
};

/// What a name means to a template:
///   std::string           {{name}}, which gives the quoted string
///   Literal               {{{name}}}
///   Flag                  {{#name}} and {{^name}}
///   vector<std::string>   {{#name}} {{.}} {{/name}}, once per element; empty when the setting has
///   no value vector<Literal>       {{#name}} {{{.}}} {{/name}}
using Value =
    std::variant<std::string, Literal, Flag, std::vector<std::string>, std::vector<Literal>>;

/// Every name that a template may use. Flat, and always complete: a name is there even if its
/// section is off, so that a template can be checked as a whole.
using View = std::map<std::string, Value, std::less<>>;

/// What Go's time.ParseDuration reads as the same duration, in one unit: `2m`, `90s`, `1500ms`.
std::string go_duration(std::chrono::nanoseconds value);

}  // namespace unified::render
