#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"
#include "config/settings.h"
#include "config/variables.h"

namespace unified::config {

/// One variable's effective text and where it came from.
struct Value {
  const Variable* variable = nullptr;
  std::string text;    ///< the default's text when it was not set, or when what was set is wrong
  std::string origin;  ///< as in Problem, `default, …` when another variable decided
  bool set = false;    ///< by somebody, rightly or wrongly
  bool faulty =
      false;         ///< what was set is wrong: reported, and no rule between variables looks at it
  std::string file;  ///< that NAME_FILE named and the text was read from
  std::string refused;  ///< what was set, when that is wrong: still a secret if the variable is one
};

/// The text for people: `***` or without userinfo when the variable is hidden.
std::string shown(const Value& value);

/// Every variable of the table. The typed readers take texts that passed check.h's fault(), which
/// all do: a faulty value was replaced by the default. A name that is not in the table is our bug
/// (std::out_of_range).
class Values {
 public:
  Values();  ///< all defaults

  [[nodiscard]] const std::vector<Value>& all() const { return values_; }
  [[nodiscard]] const Value& at(std::string_view name) const { return values_.at(index_.at(name)); }
  Value& at(std::string_view name) { return values_.at(index_.at(name)); }

  [[nodiscard]] bool is_set(std::string_view name) const { return at(name).set; }
  [[nodiscard]] bool is_empty(std::string_view name) const { return at(name).text.empty(); }
  [[nodiscard]] const std::string& text(std::string_view name) const { return at(name).text; }
  [[nodiscard]] bool boolean(std::string_view name) const;
  /// Numbers as they are, sizes in bytes, durations in nanoseconds.
  [[nodiscard]] std::int64_t number(std::string_view name) const;
  [[nodiscard]] int small_number(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name) const { return Duration{number(name)}; }
  [[nodiscard]] std::string word(std::string_view name) const;  ///< lower case
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

  /// What a default becomes when something else decides; `because` completes `default, …`.
  void replace_default(std::string_view name, std::string text, std::string_view because);

 private:
  std::vector<Value> values_;
  std::map<std::string_view, std::size_t> index_;
};

/// A finding about the variable with its present origin and value (`***` for hidden ones).
Problem problem_of(const Value& value, Severity severity, std::string message);

}  // namespace unified::config
