#pragma once

#include <string_view>

namespace unified::cli {

/// Whether the argument is a command, or an option instead of one, that ends by itself. Not so is
/// `run`, which reads the signals that main() blocks.
bool ends_by_itself(std::string_view argument);

/// The whole program: command line in, exit code out (DESIGN.md, "Exit codes"). Never throws.
int run(int argc, char** argv);

}  // namespace unified::cli
