#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace unified::config {

/// One assignment of a dotenv file, after quotes, escapes and ${…} are worked out.
struct DotenvEntry {
  std::string name;
  std::string value;
  int line = 0;  ///< 1-based, where the assignment begins
};

struct Dotenv {
  std::vector<DotenvEntry> entries;  ///< in file order; a name may stand more than once, the last one counts
  Problems problems;                 ///< broken lines, each with `FILE:LINE` as origin
};

/// Looks a name up for ${NAME}: what the file itself said above comes first, this comes after.
using Lookup = std::function<std::optional<std::string>(const std::string&)>;

/// Reads Docker Compose's dotenv grammar: `export`, single and double quotes (also over several lines), escapes in double
/// quotes, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:+value}`, `${VAR+value}`, `${VAR:?message}`,
/// `${VAR?message}`, `$VAR`, comments after whitespace, CRLF, a BOM. Pure. `name` is used in origins.
Dotenv parse_dotenv(std::string_view text, const std::string& name, const Lookup& lookup);

}  // namespace unified::config
