#pragma once

#include <string>

namespace unified::jetstream {

/// JSON as the YAML parser wants it: yaml-cpp takes `\uD83D\uDE00`, one character in JSON (RFC 8259
/// §7), for two that do not exist. Each such pair is replaced by the character itself, in UTF-8.
/// Other text than JSON, which begins with { or [, is returned as it is.
std::string with_whole_characters(std::string text);

}  // namespace unified::jetstream
