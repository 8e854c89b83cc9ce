// Runs a fuzz target over files and folders of inputs: what ctest does where there is no libFuzzer.
// Also cuts each input short, which costs nothing and finds readers that trust a length.

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "fuzz/property.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCuts = 16;

std::vector<fs::path> files_of(const fs::path& place) {
  if (!fs::is_directory(place))
    return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{place})
    if (entry.is_regular_file())
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

void run(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw std::runtime_error{"cannot read " + file.string()};
  const std::vector<char> input{std::istreambuf_iterator<char>{in}, {}};
  fmt::print("{} ({} bytes)\n", file.string(), input.size());
  std::fflush(stdout);  // the last line names the input that aborts
  const std::size_t step = std::max<std::size_t>(input.size() / kCuts, 1);
  for (std::size_t cut = 0; cut < input.size(); cut += step) {
    // A copy of exactly that size: a sanitizer sees a read behind its end.
    const std::vector<std::uint8_t> bytes{input.begin(),
                                          input.end() - static_cast<std::ptrdiff_t>(cut)};
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::size_t inputs = 0;
    for (const char* place : std::vector<const char*>(argv + 1, argv + argc))
      for (const fs::path& file : files_of(place)) {
        run(file);
        ++inputs;
      }
    fmt::print("{} inputs\n", inputs);
    return inputs == 0 ? 1 : 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
}
