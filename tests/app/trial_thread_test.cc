#include "app/trial_thread.h"

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace unified::app {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using Kind = health::TrialOutcome::Kind;
using Task = std::function<int(std::atomic<os::TrialStage>&)>;

/// Runs the reactor until the attempt is over.
TrialThread::Attempt<int> attempt(asio::io_context& reactor,
                                  TrialThread& thread,
                                  Task task,
                                  std::chrono::milliseconds patience) {
  auto done = asio::co_spawn(reactor, thread.run<int>(std::move(task), patience), asio::use_future);
  reactor.restart();
  reactor.run();
  return done.get();
}

class TrialThreadTest : public testing::Test {
 protected:
  ~TrialThreadTest() override { thaw_.set_value(); }

  Task hanging(os::TrialStage stage) {
    return [stage, frozen = frozen_](std::atomic<os::TrialStage>& now) {
      now = stage;
      frozen.wait();
      return 1;
    };
  }

  asio::io_context reactor_;
  std::promise<void> thaw_;
  std::shared_future<void> frozen_ = thaw_.get_future().share();
};

TEST_F(TrialThreadTest, GivesTheValue) {
  TrialThread thread{reactor_.get_executor()};
  EXPECT_EQ(attempt(reactor_, thread, [](auto&) { return 7; }, 10s).value, 7);
}

TEST_F(TrialThreadTest, TellsAWriteThatHangsFromAnFsyncThatDoes) {
  auto writing = std::make_unique<TrialThread>(reactor_.get_executor());
  auto syncing = std::make_unique<TrialThread>(reactor_.get_executor());
  const auto written = attempt(reactor_, *writing, hanging(os::TrialStage::kWriting), 50ms);
  const auto synced = attempt(reactor_, *syncing, hanging(os::TrialStage::kSyncing), 50ms);

  EXPECT_FALSE(written.value);
  EXPECT_EQ(written.without, Kind::kSilent);
  EXPECT_EQ(synced.without, Kind::kSlowSync);
  EXPECT_EQ(attempt(
                reactor_, *syncing, [](auto&) { return 7; }, 10s)
                .without,
            Kind::kSlowSync)
      << "it still hangs";
  thaw_.set_value();
  thaw_ = {};
}

TEST_F(TrialThreadTest, AProcessThatStoodStillHasSeenNothing) {
  constexpr auto kWriting = os::TrialStage::kWriting;
  EXPECT_EQ(TrialThread::without_answer(10s, 10s, kWriting), Kind::kSilent);
  EXPECT_EQ(TrialThread::without_answer(11s, 10s, kWriting), Kind::kSilent);
  EXPECT_EQ(TrialThread::without_answer(12s, 10s, kWriting), Kind::kUnknown)
      << "as after SIGSTOP and SIGCONT";
  EXPECT_EQ(TrialThread::without_answer(9s, 10s, kWriting), Kind::kUnknown) << "it ended";
}

TEST_F(TrialThreadTest, ATaskThatRunsOutOfMemoryHasSeenNothing) {
  TrialThread thread{reactor_.get_executor()};
  const Task task = [](auto&) -> int { throw std::bad_alloc{}; };
  EXPECT_EQ(attempt(reactor_, thread, task, 10s).without, Kind::kUnknown);
}

}  // namespace
}  // namespace unified::app
