#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace unified {

/// A value, or the reason why there is none (C++20 on g++ 12 has no std::expected). Must be looked
/// at.
///
///   Result<int> port = parse_port(text);
///   if (!port) return port.error();
///   use(*port);
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Error{…};` are how functions end.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Only when ok().
  T& operator*() & { return *value_pointer(); }
  const T& operator*() const& { return *value_pointer(); }
  T&& operator*() && { return std::move(*value_pointer()); }
  T* operator->() { return value_pointer(); }
  const T* operator->() const { return value_pointer(); }

  /// Only when !ok().
  const E& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T* value_pointer() {
    assert(ok());
    return std::get_if<0>(&state_);
  }
  const T* value_pointer() const {
    assert(ok());
    return std::get_if<0>(&state_);
  }

  std::variant<T, E> state_;
};

/// Success, or the reason why not.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const E& error() const {
    assert(error_.has_value());
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace unified
