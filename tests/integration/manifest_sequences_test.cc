// Manifests that change at random, applied in every way while we, the command or the server are
// killed: no message disappears that no plan named and the operator did not allow.
// UNIFIED_SEED=N repeats one sequence.
#include <cstdlib>
#include <exception>

#include <gtest/gtest.h>

#include "integration/manifest_sequence.h"

namespace unified::test {
namespace {

constexpr int kSequences = 50;
constexpr int kSteps = 5;

class ManifestSequences : public testing::TestWithParam<int> {};

TEST_P(ManifestSequences, LoseNothingThatNoPlanNamed) {
  auto seed = static_cast<std::uint64_t>(GetParam());
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  if (const char* given = std::getenv("UNIFIED_SEED"); given != nullptr) {
    if (GetParam() != 1)
      GTEST_SKIP() << "UNIFIED_SEED is one sequence";
    seed = std::strtoull(given, nullptr, 10);
  }
  const char* const suites[] = {"bookworm", "trixie", "sid"};
  const auto server = find_server(suites[seed % std::size(suites)]);
  if (!server)
    GTEST_SKIP() << server.error().message;

  ManifestSequence sequence{seed, *server};
  try {
    for (const std::string& problem : sequence.run(kSteps))
      ADD_FAILURE() << problem << "\nUNIFIED_SEED=" << seed << " repeats:\n" << sequence.story();
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\nUNIFIED_SEED=" << seed << " repeats:\n" << sequence.story();
  }
}

INSTANTIATE_TEST_SUITE_P(Seed,
                         ManifestSequences,
                         testing::Range(1, kSequences + 1),
                         [](const auto& each) { return std::to_string(each.param); });

}  // namespace
}  // namespace unified::test
