#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

namespace unified {

/// A password, token or key. Prints as `***`; the text comes out only through reveal(), at the
/// place that needs it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace unified

template <>
struct fmt::formatter<unified::Secret> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  template <typename Context>
  auto format(const unified::Secret& secret, Context& context) const {
    return fmt::format_to(context.out(), "{}", secret.empty() ? "" : "***");
  }
};
