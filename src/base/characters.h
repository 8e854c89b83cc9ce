#pragma once

namespace unified {

// ASCII, whatever the locale; <cctype> is neither that nor safe for a plain char.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace unified
