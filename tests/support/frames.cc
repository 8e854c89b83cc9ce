#include "support/frames.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/process.h"

namespace unified::test {
namespace {

std::string frames_path() {
  const char* set = std::getenv("UNIFIED_FRAMES");
  return set != nullptr ? set : UNIFIED_SOURCE_DIR "/../shared/data/exchange_frames.ndjson.gz";
}

}  // namespace

Result<std::vector<Frame>> recorded_frames() {
  const std::string path = frames_path();
  if (!std::filesystem::exists(path))
    return Error{"no recorded frames: " + path + " does not exist; set UNIFIED_FRAMES"};
  const Finished unpacked =
      run({.command = {"/bin/gzip", "-dc", path}, .environment = {}, .directory = {}},
          std::chrono::seconds{30});
  if (unpacked.status != 0)
    return Error{"cannot unpack " + path};
  std::vector<Frame> frames;
  std::istringstream lines{unpacked.output};
  for (std::string line; std::getline(lines, line);) {
    const auto frame = nlohmann::json::parse(line);
    frames.push_back({frame.at("subject"), frame.at("payload").dump()});
  }
  return frames;
}

std::vector<Frame> made_frames(int count) {
  constexpr std::array<const char*, 5> kTypes{"funding-rate-data.binance_derivatives.perpetual",
                                              "lsr-top-position-data.okx_derivatives.perpetual",
                                              "lsr-all-account-data.okx_derivatives.perpetual",
                                              "volatility_index-data.deribit_derivatives.options",
                                              "liquidation-data.binance_derivatives.perpetual"};
  std::vector<Frame> frames;
  for (int i = 0; i < count; ++i)
    for (const char* type : kTypes)
      frames.push_back({fmt::format("{}.SYMBOL{}", type, i % 7),
                        fmt::format(R"({{"n":{},"type":"{}"}})", i, type)});
  return frames;
}

}  // namespace unified::test
