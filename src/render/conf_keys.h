#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unified::render {

/// A top-level key of a nats.conf.
struct ConfKey {
  std::string name;  ///< in lower case, as the server compares it
  int line = 0;      ///< 1-based
};

struct ConfEntry;

/// A value of a nats.conf.
struct ConfValue {
  enum class Kind : std::uint8_t {
    kText,  ///< a word, a number or a string
    kArray,
    kMap,
    kOpaque  ///< a variable, a block in round brackets, or a string with an escape: not read
  };
  Kind kind = Kind::kOpaque;
  std::string text;                ///< may be a secret
  std::vector<ConfValue> items;    ///< of an array
  std::vector<ConfEntry> entries;  ///< of a map, in order: the last of a name counts
};

/// A key of a nats.conf with its value; `key.name` in lower case at the top only.
struct ConfEntry {
  ConfKey key;
  ConfValue value;
};

/// All of the text, read as top_level_keys() says.
Result<std::vector<ConfEntry>> read_conf(std::string_view text, const std::string& file);

/// The top-level keys, in order. Reads a subset of nats-server's grammar (conf/lex.go of all
/// versions since 2.9) and never understands a text differently from the server: whatever could be
/// read in two ways, is rare (odd bytes outside of quotes, outer braces, quotes inside bare words)
/// or could bring keys in from elsewhere (`include`, at any depth) is an error with its line,
/// "FILE:12: …". Text is never quoted in errors: it may hold secrets.
Result<std::vector<ConfKey>> top_level_keys(std::string_view text, const std::string& file);

}  // namespace unified::render
