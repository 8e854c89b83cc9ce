#include "os/presence.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "os/file_text.h"
#include "os/readings.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kSomebody = 10001;

/// In a child that is not root.
bool holds_for_somebody_else(const std::function<bool()>& condition) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(::setgid(kSomebody) == 0 && ::setuid(kSomebody) == 0 && condition() ? 0 : 1);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

bool names_who_may(const std::string& message, const std::string& folder) {
  return message.find("ermission denied (" + folder + " belongs to uid 0, mode 0700; we are uid " +
                      std::to_string(kSomebody)) != std::string::npos;
}

TEST(PresenceTest, OnlyWhatTheKernelSaysIsNotThereIsAbsent) {
  const TempDirectory directory;
  const std::string file = directory.write("file", "x");
  fs::create_symlink("nothing", directory.path() + "/to-nothing");
  fs::create_symlink("loop", directory.path() + "/loop");

  EXPECT_EQ(*presence_of(file), Presence::kOther);
  EXPECT_EQ(*presence_of(directory.path()), Presence::kDirectory);
  EXPECT_EQ(*presence_of(file + "x"), Presence::kAbsent);
  EXPECT_EQ(*presence_of(file + "/below"), Presence::kAbsent);
  EXPECT_EQ(*presence_of(directory.path() + "/to-nothing"), Presence::kAbsent);
  EXPECT_TRUE(*name_exists(directory.path() + "/to-nothing"));
  EXPECT_FALSE(*name_exists(directory.path() + "/nothing"));
  EXPECT_FALSE(presence_of(directory.path() + "/loop"));
  EXPECT_FALSE(presence_of("/" + std::string(300, 'x')));
}

TEST(PresenceTest, WhatIsInAFolderThatWeMayNotSearchIsNotAbsent) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become somebody else";
  const TempDirectory directory;
  fs::permissions(directory.path(), fs::perms::others_exec, fs::perm_options::add);
  const std::string locked = directory.path() + "/locked";
  fs::create_directory(locked);
  fs::permissions(locked, fs::perms::owner_all);

  EXPECT_TRUE(holds_for_somebody_else([&] {
    const auto presence = presence_of(locked + "/deep/file");
    return !presence && names_who_may(presence.error().message, locked);
  }));
  EXPECT_TRUE(holds_for_somebody_else([&] {
    const auto text = read_text_file(locked + "/file");
    return !text && names_who_may(text.error().message, locked);
  }));
  EXPECT_TRUE(holds_for_somebody_else([&] { return !disk_space(locked + "/store").ok(); }))
      << "what is free on another disk was told";
}

TEST(PresenceTest, AFileThatWeMayNotReadIsToldWithItsOwnerAndMode) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become somebody else";
  const TempDirectory directory;
  fs::permissions(directory.path(), fs::perms::others_exec, fs::perm_options::add);
  const std::string file = directory.write("secret", "x");
  ASSERT_EQ(::chmod(file.c_str(), 0700), 0);

  EXPECT_TRUE(holds_for_somebody_else([&] {
    const auto text = read_text_file(file);
    return !text && names_who_may(text.error().message, file);
  }));
}

}  // namespace
}  // namespace unified::os
