#pragma once

#include <string>
#include <vector>

namespace unified::cli {

/// A command line after the names of the old scripts were taken out of it.
struct Translated {
  std::vector<std::string> arguments;  ///< as of `unified_entrypoint …`, its name first
  std::string error;                   ///< not empty: what can't be run, and what can
  bool is_script = false;              ///< an old name was used: exit codes as it had
  bool ends_by_itself = false;         ///< a script other than unified_entrypoint.sh
};

/// Called as `check_streams.py --json` or `python3 /app/scripts/check_streams.py --json` (the image
/// has links with these names) this program is the command that took the script's place. Any other
/// script behind `python3` is an error. Pure.
Translated translate_old_names(const std::vector<std::string>& argv);

/// What the scripts ended with: 0, also with warnings, else 1; 64 stays what it is.
int old_exit_code(int exit_code);

}  // namespace unified::cli
