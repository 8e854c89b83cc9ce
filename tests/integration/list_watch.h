#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "jetstream/nats/module.h"

namespace unified::test {

/// Counts the lists of streams that somebody asks a server for: one at each drift interval.
class ListWatch {
 public:
  explicit ListWatch(const std::string& url) : module_(*nats::Module::open()) {
    nats::ConnectOptions options;
    options.url = url;
    nats::Callbacks callbacks;
    callbacks.on_advisory = [this](const std::string&, const std::string& payload) {
      if (payload.find("$JS.API.STREAM.LIST") != std::string::npos)
        ++lists_;
    };
    connection_ = *module_->connect(options, callbacks);
    EXPECT_TRUE(connection_->subscribe_advisories({"$JS.EVENT.ADVISORY.API"}));
  }
  [[nodiscard]] int lists() const { return lists_; }

 private:
  std::atomic<int> lists_ = 0;
  std::unique_ptr<nats::Module> module_;
  std::unique_ptr<nats::Connection> connection_;
};

}  // namespace unified::test
