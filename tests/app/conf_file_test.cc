#include "app/conf_file.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "render/nats_conf.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

class ConfFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "unified-conf-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  const std::string text_ = std::string{render::kMarker} + "\nport: 4222\n";
  fs::path directory_;
};

/// The image's /app/nats.conf leads into RUN_DIR, where nothing is at the first start.
TEST_F(ConfFileTest, ALinkThatLeadsNowhereYetStaysALinkAndItsTargetIsWritten) {
  const fs::path link = directory_ / "nats.conf";
  const fs::path target = directory_ / "run.conf";
  fs::create_symlink("run.conf", link);

  ASSERT_TRUE(write_conf(link.string(), text_, os::Durability::kQuick));

  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(content(target), text_);
}

TEST_F(ConfFileTest, WhatSomebodyElseWroteIsLeftAsItIs) {
  const fs::path file = directory_ / "nats.conf";
  std::ofstream{file} << "port: 1\n";

  EXPECT_FALSE(write_conf(file.string(), text_, os::Durability::kQuick));

  EXPECT_EQ(content(file), "port: 1\n");
}

}  // namespace
}  // namespace unified::app
