#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "os/file_lock.h"
#include "os/run_dir.h"
#include "os/store_lock.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

mode_t lock_mode(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

TEST(StoreLockTest, SecondHolderIsToldApartFromAnError) {
  const TempDirectory directory;
  const auto first = try_lock_store(directory.path());
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->held_by_another());
  const auto second = try_lock_store(directory.path());
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->held_by_another());
  const auto missing = try_lock_store("/nonexistent");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot open /nonexistent: no such file or directory");
}

TEST(StoreLockTest, LeavesNoFileInTheStore) {
  const TempDirectory directory;
  const auto lock = try_lock_store(directory.path());
  ASSERT_TRUE(lock);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(FileLockTest, IsHeldByOneAndFreeAfterIt) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/lock";
  {
    const auto first = try_lock_file(path);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_FALSE(first->held_by_another());
    const auto second = try_lock_file(path);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE(second->held_by_another());
  }
  const auto third = try_lock_file(path);
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_FALSE(third->held_by_another());
}

TEST(FileLockTest, OneThatIsHeldAlreadyStaysHeld) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/lock";
  auto first = try_lock_file(path);
  ASSERT_TRUE(first) << first.error().message;

  const auto again = try_lock_file(path, std::move(first->fd));

  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->held_by_another());
}

TEST(FileLockTest, AnotherFilesLockIsNotTakenForIt) {
  const TempDirectory directory;
  auto other = try_lock_file(directory.path() + "/other");
  ASSERT_TRUE(other) << other.error().message;
  const auto holder = try_lock_file(directory.path() + "/lock");
  ASSERT_TRUE(holder) << holder.error().message;

  const auto mixed_up = try_lock_file(directory.path() + "/lock", std::move(other->fd));

  ASSERT_TRUE(mixed_up) << mixed_up.error().message;
  EXPECT_TRUE(mixed_up->held_by_another());
}

TEST(FileLockTest, ALinkIsNoLockFile) {
  const TempDirectory directory;
  std::filesystem::create_symlink("elsewhere", directory.path() + "/lock");
  EXPECT_FALSE(try_lock_file(directory.path() + "/lock"));
}

TEST(RunDirTest, ConfiguredDirectoryIsTheOnlyCandidate) {
  EXPECT_EQ(run_dir_candidates("/x", "/y"), std::vector<std::string>{"/x"});
  const std::string uid = std::to_string(::geteuid());
  EXPECT_EQ(run_dir_candidates("", "/y"),
            (std::vector<std::string>{"/run/unified-nats", "/y/unified-nats",
                                      "/tmp/unified-nats-" + uid}));
  EXPECT_EQ(run_dir_candidates("", ""),
            (std::vector<std::string>{"/run/unified-nats", "/tmp/unified-nats-" + uid}));
}

TEST(RunDirTest, IsCreatedPrivateWithItsParents) {
  const TempDirectory directory;
  const std::string wanted = directory.path() + "/a/b";
  const auto made = make_run_dir({wanted});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, wanted);
  EXPECT_EQ(lock_mode(wanted), 0700U);
}

TEST(RunDirTest, FirstUsableCandidateIsTaken) {
  const TempDirectory directory;
  const std::string file = directory.write("file", "");
  const auto made = make_run_dir({file, "/proc/nowhere", directory.path() + "/good"});
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, directory.path() + "/good");
}

TEST(RunDirTest, ErrorNamesEveryCandidate) {
  const TempDirectory directory;
  const auto made = make_run_dir({directory.write("file", ""), "/proc/nowhere"});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/file"), std::string::npos) << made.error().message;
  EXPECT_NE(made.error().message.find("/proc/nowhere"), std::string::npos) << made.error().message;
}

TEST(RunDirTest, SymlinkIsRefused) {
  const TempDirectory directory;
  std::filesystem::create_directory(directory.path() + "/real");
  const std::string link = directory.path() + "/link";
  std::filesystem::create_directory_symlink(directory.path() + "/real", link);
  EXPECT_FALSE(make_run_dir({link}));
}

TEST(RunDirTest, OpenDirectoryIsTightenedOnlyWhileEmpty) {
  const TempDirectory directory;
  const std::string empty = directory.path() + "/empty";
  const std::string used = directory.path() + "/used";
  for (const std::string& path : {empty, used}) {
    std::filesystem::create_directory(path);
    ASSERT_EQ(::chmod(path.c_str(), 01777), 0);
  }
  (void)directory.write("used/somebody", "else");
  EXPECT_TRUE(make_run_dir({empty}));
  EXPECT_EQ(lock_mode(empty), 0700U);
  EXPECT_FALSE(make_run_dir({used}));
  EXPECT_EQ(lock_mode(used), 01777U);
}

TEST(RunDirTest, ForeignDirectoryIsRefused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give a directory away";
  const TempDirectory directory;
  const std::string path = directory.path() + "/foreign";
  std::filesystem::create_directory(path);
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  EXPECT_FALSE(make_run_dir({path}));
}

TEST(RunDirTest, SecondInstanceIsRefusedAndLearnsTheHolder) {
  const TempDirectory directory;
  EXPECT_FALSE(run_dir_holder(directory.path()));
  {
    const auto first = try_lock_run_dir(directory.path());
    ASSERT_TRUE(first);
    ASSERT_FALSE(first->held_by_another());
    const auto second = try_lock_run_dir(directory.path());
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->held_by_another());
    EXPECT_EQ(run_dir_holder(directory.path()), ::getpid());
  }
  const auto third = try_lock_run_dir(directory.path());
  ASSERT_TRUE(third);
  EXPECT_FALSE(third->held_by_another());
}

TEST(RunDirTest, ALockThatIsHeldAlreadyStaysHeldWhenATryFails) {
  const TempDirectory directory;
  auto first = try_lock_run_dir(directory.path());
  ASSERT_TRUE(first);
  UniqueFd held = std::move(first->fd);
  const int number = held.get();

  EXPECT_FALSE(try_lock_run_dir(directory.path() + "/not there", held));
  EXPECT_EQ(held.get(), number);
  const auto again = try_lock_run_dir(directory.path(), held);

  ASSERT_TRUE(again);
  EXPECT_EQ(again->fd.get(), number);
  EXPECT_FALSE(held);
}

TEST(RunDirTest, ALockOfSomebodyElseOnTheFolderAloneIsToldApart) {
  const TempDirectory directory;
  const UniqueFd folder{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  ASSERT_EQ(::flock(folder.get(), LOCK_EX), 0);

  const auto lock = try_lock_run_dir(directory.path());

  ASSERT_TRUE(lock);
  EXPECT_TRUE(lock->held_by_another());
  EXPECT_TRUE(lock->folder_alone);
}

TEST(RunDirTest, APathTooLongForAUnixSocketIsPassedOver) {
  const TempDirectory directory;
  const std::string longest(107 - std::string{"/control.sock"}.size(), 'x');
  EXPECT_TRUE(check_run_dir_length(longest));
  const auto refused = check_run_dir_length(longest + "x");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("set RUN_DIR to a shorter one"), std::string::npos);

  const auto made = make_run_dir({directory.path() + "/" + longest, directory.path() + "/short"});

  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, directory.path() + "/short");
}

TEST(RunDirTest, IsFoundOnceAnInstanceRan) {
  const TempDirectory directory;
  const std::vector<std::string> candidates{"/nonexistent", directory.path()};
  EXPECT_FALSE(find_run_dir(candidates));
  ASSERT_TRUE(try_lock_run_dir(directory.path()));
  EXPECT_EQ(find_run_dir(candidates), directory.path());
  EXPECT_FALSE(foreign_run_dir(candidates));
}

}  // namespace
}  // namespace unified::os
