#pragma once

#include <memory>
#include <string>

#include "support/broker.h"

namespace unified::test {

/// Brokers whose NATS_EXTRA_CONFIG_FILE has the text of a test.
class ExtraConfigTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    directory_ = std::make_shared<TempDir>();
  }

  [[nodiscard]] Broker with_extra(const std::string& text) const {
    return Broker({.server = server(),
                   .environment = {{"NATS_EXTRA_CONFIG_FILE", directory_->write("x.conf", text)}},
                   .directory = directory_});
  }

  std::shared_ptr<TempDir> directory_;
};

}  // namespace unified::test
