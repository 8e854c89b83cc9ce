#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/broker.h"

namespace unified::test {

/// Our program around nats-server's double (programs/misbehave), which does what `script` says.
struct CaseOptions {
  std::string script;
  Environment environment;               ///< on top of: no JetStream, no restart, no log file
  std::vector<std::string> wrapper{};    // NOLINT(readability-redundant-member-init)
  std::shared_ptr<TempDir> directory{};  // NOLINT(readability-redundant-member-init)
};

/// One of the numbered cases of supervision, with our program as PID 1 of a namespace of its own
/// or as a subreaper. As PID 1: skipped with the reason where no namespace can be made.
///   TEST_P(StopCases, Case14_ADeafServerIsKilledInTime) { auto broker = start({.script = …}); … }
///   UNIFIED_IN_BOTH_ROLES(StopCases);
class SupervisorCase : public testing::TestWithParam<const char*> {
 public:
  void SetUp() override;

 protected:
  [[nodiscard]] bool as_pid1() const { return std::string{GetParam()} == "pid1"; }
  /// unshare(1) in front of `inner` where we are PID 1.
  [[nodiscard]] std::vector<std::string> wrapped(std::vector<std::string> inner = {}) const;
  [[nodiscard]] std::unique_ptr<Broker> start(CaseOptions options) const;
};

/// The same with us as any process, for what doesn't differ.
std::unique_ptr<Broker> start_double(CaseOptions options);

/// Why no PID namespace can be made here; empty: it can.
std::string no_namespace_because();

/// `usual`, or `full` where UNIFIED_CASES_FULL=1 asks for the numbers of the table.
int times(int usual, int full);

/// Waits until the double has written `word` (--say) and we have passed it on.
[[nodiscard]] bool heard(const Broker& broker,
                         const std::string& word,
                         std::chrono::milliseconds limit = std::chrono::seconds{10});

/// How often `text` is in what was written so far.
int count_of(const Broker& broker, const std::string& text);

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): INSTANTIATE_TEST_SUITE_P is one
#define UNIFIED_IN_BOTH_ROLES(suite)                                                \
  INSTANTIATE_TEST_SUITE_P(Supervisor, suite, testing::Values("subreaper", "pid1"), \
                           [](const auto& each) { return std::string{each.param}; })

}  // namespace unified::test
