#include "support/nasty_pieces.h"

namespace unified::test {

const std::vector<std::string>& nasty_pieces() {
  // clang-format off: a line each would be a page
  static const std::vector<std::string> kPieces{
      "\"", "\\", "'", "{", "}", "[", "]", "(",
      ")", "#", "//", ";", ",", ":", "=", "\n",
      "\r", "\t", " ", "$", "$HOME", "${HOME}", "{{x}}", "{{{x}}}",
      "%s", "<<", "&", "|", "`ls`", "*", ">", "\x7f",
      "\x01", "é", "数据", "include", "true", "12345", "1GB", "-1",
      "@", "/", "?", "%41", "\\x41", "u", "user: evil", "password: evil",
      "\"}, {user: evil, password: evil", "\nport: 1\n", "a", "B", "0", "_", "-", "\\\"",
      "%!d", "\\n", "\\u0041", "\xf0\x9f\x98\x80", "\xe2\x80\xa8", "\xc2\x80",
  };
  // clang-format on
  return kPieces;
}

}  // namespace unified::test
