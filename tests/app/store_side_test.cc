#include "app/store_side.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace unified::app {
namespace {

using namespace std::chrono_literals;

std::function<int()> hanging_until(std::promise<void>& thaw) {
  return [frozen = thaw.get_future().share()] {
    frozen.wait();
    return 1;
  };
}

TEST(StoreSideTest, WhatHangsHoldsUpNobodyAndWhatWasBegunIsDoneAfterwards) {
  boost::asio::io_context reactor;
  StoreSide store{reactor.get_executor()};
  std::promise<void> thaw;
  const auto hang = hanging_until(thaw);
  std::function<int()> quick = [] { return 2; };

  EXPECT_EQ(store.ask(hang, 10ms), std::nullopt);
  EXPECT_EQ(store.ask(quick, 1h), std::nullopt) << "not even begun";
  auto begun = store.begin(quick);
  thaw.set_value();

  EXPECT_EQ(StoreSide::result_of(std::move(begun), 10s), 2);
  store.drain(10s);
  EXPECT_EQ(store.ask(quick, 10s), 2);
}

TEST(StoreSideTest, NoMoreThanTwentyWait) {
  boost::asio::io_context reactor;
  StoreSide store{reactor.get_executor()};
  std::promise<void> thaw;
  const auto hang = hanging_until(thaw);
  int begun = 0;
  while (store.begin(hang).valid())
    ++begun;
  thaw.set_value();

  EXPECT_EQ(begun, 20);
}

}  // namespace
}  // namespace unified::app
