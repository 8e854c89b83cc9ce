#include "base/bcrypt.h"

#include <algorithm>

#include "base/characters.h"

namespace unified {
namespace {

constexpr std::size_t kPrefix = 7;  // $2a$10$
constexpr std::size_t kHash = 60;

bool is_bcrypt_letter(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '/';
}

}  // namespace

bool has_bcrypt_shape(std::string_view text) {
  constexpr std::string_view kMinor = "abxy";
  return text.size() >= kPrefix && text.starts_with("$2") &&
         kMinor.find(text[2]) != std::string_view::npos && text[3] == '$' && is_digit(text[4]) &&
         is_digit(text[5]) && text[6] == '$';
}

bool is_bcrypt_hash(std::string_view text) {
  if (text.size() != kHash || !has_bcrypt_shape(text))
    return false;
  const int cost = ((text[4] - '0') * 10) + (text[5] - '0');
  return cost >= 4 && cost <= 31 && std::ranges::all_of(text.substr(kPrefix), is_bcrypt_letter);
}

}  // namespace unified
