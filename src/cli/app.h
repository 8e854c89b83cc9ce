#pragma once

namespace unified::cli {

/// The whole program: command line in, exit code out (DESIGN.md, "Exit codes"). Never throws.
int run(int argc, char** argv);

}  // namespace unified::cli
