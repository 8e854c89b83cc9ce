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
  std::vector<DotenvEntry>
      entries;        ///< in file order; a name may stand more than once, the last one counts
  Problems problems;  ///< broken lines, each with `FILE:LINE` as origin
};

/// A name's text, or nothing if it is not set.
using Lookup = std::function<std::optional<std::string>(const std::string&)>;

/// Who is asked for ${NAME}, in the order of Docker Compose (compose-go, dotenv.ExpandVariables):
/// the process environment wins even over what the file itself said above, then the file above,
/// then the files read before it. One that is empty in the environment counts only when nobody else
/// says anything: Compose files pass on variables that are not set.
struct DotenvContext {
  Lookup environment;    ///< also says which are set but empty; none: nothing is set
  Lookup earlier_files;  ///< empty: there are none
};

/// Reads Docker Compose's dotenv grammar: `export`, `NAME=value` and `NAME: value`, single quotes
/// (literal but for
/// `\'`) and double quotes (also over several lines), escapes in double quotes, `${VAR}`,
/// `${VAR:-default}`,
/// `${VAR-default}`, `${VAR:+value}`, `${VAR+value}`, `${VAR:?message}`, `${VAR?message}`, `$VAR`,
/// `$$` for a `$`, comments after whitespace, CRLF, a BOM. `NAME` alone takes the environment's
/// value. Unlike Compose, `NAME= # text` is an empty value with a comment. Parsing goes on after a
/// broken line. No problem holds any text of a value. Pure. `name` is used in origins.
Dotenv parse_dotenv(std::string_view text, const std::string& name, const DotenvContext& context);

}  // namespace unified::config
