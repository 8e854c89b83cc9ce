#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace unified::cli {

/// What is wrong with the command line, where, and what to do, in one or two lines. `arguments` are
/// those behind the program's name.
std::string explain(const CLI::App& app,
                    const CLI::ParseError& error,
                    const std::vector<std::string>& arguments);

/// Accepts only these words; the error names the nearest one and all of them.
CLI::Validator one_of(std::vector<std::string> words);

}  // namespace unified::cli
