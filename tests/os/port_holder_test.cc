#include "os/port_holder.h"

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "os/readings.h"
#include "os/unique_fd.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

TEST(PortHolderTest, FindsTheProgramThatListens) {
  const UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): how bind() is
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  const int port = ntohs(address.sin_port);
  EXPECT_FALSE(port_holder(port)) << "bound is not listening";

  ASSERT_EQ(::listen(socket.get(), 1), 0);

  const auto holder = port_holder(port);
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_EQ(holder->describe(), "os_test (pid " + std::to_string(::getpid()) + ")");
}

TEST(PortHolderTest, AListenerWithoutAVisibleProcessIsStillOne) {
  const TempDirectory root;
  (void)root.write(
      "proc/net/tcp6",
      "  sl  local_address rem_address st tx rx tr tm retrnsmt uid timeout inode\n"
      "   0: 00000000000000000000000000000000:107E 00000000000000000000000000000000:0000 "
      "0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n");
  const auto holder = port_holder(4222, root.path());
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, 0);
  EXPECT_EQ(holder->describe(), "a process that we can't see");
  EXPECT_FALSE(port_holder(4223, root.path()));
}

TEST(PortHolderTest, AListenerOfAnotherContainerOnAPathOfThatNameDoesNotHideOurs) {
  const TempDirectory root;
  (void)root.write("proc/net/unix",
                   "Num RefCount Protocol Flags Type St Inode Path\n"
                   "0: 00000002 00000000 00010000 0001 01 51 /run/control.sock\n"
                   "0: 00000002 00000000 00010000 0001 01 52 /run/control.sock\n");
  const auto process = [&root](int pid, const std::string& socket, const std::string& mounts) {
    const std::filesystem::path folder = root.path() + "/proc/" + std::to_string(pid);
    std::filesystem::create_directories(folder / "fd");
    std::filesystem::create_directories(folder / "ns");
    std::filesystem::create_symlink(socket, folder / "fd/3");
    std::filesystem::create_symlink(mounts, folder / "ns/mnt");
  };
  for (int pid = 100; pid < 120; ++pid)  // in whatever order they are read
    process(pid, "socket:[51]", "mnt:[1]");
  process(200, "socket:[52]", std::filesystem::read_symlink("/proc/self/ns/mnt"));

  EXPECT_EQ(unix_listener("/run/control.sock", root.path()), 200);
}

TEST(CgroupEventsTest, CountsOomKillsV2) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "0::/a\n");
  (void)root.write("sys/fs/cgroup/a/memory.events", "low 0\nmax 3\noom 2\noom_kill 2\n");
  EXPECT_EQ(cgroup_oom_kills(root.path()), 2);
}

TEST(CgroupEventsTest, CountsOomKillsV1InAContainer) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "4:memory:/docker/abc\n0::/\n");
  (void)root.write("sys/fs/cgroup/memory/memory.oom_control",
                   "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
  EXPECT_EQ(cgroup_oom_kills(root.path()), 7);
}

TEST(CgroupEventsTest, NothingWhereNothingIsCounted) {
  const TempDirectory root;
  EXPECT_EQ(cgroup_oom_kills(root.path()), std::nullopt);
  (void)root.write("proc/self/cgroup", "0::/\n");
  EXPECT_EQ(cgroup_oom_kills(root.path()), std::nullopt);
}

TEST(BytesReadTest, GrowsWithWhatIsRead) {
  const auto before = bytes_read(::getpid());
  ASSERT_TRUE(before);
  EXPECT_TRUE(std::filesystem::exists("/proc/self/io"));
  const auto after = bytes_read(::getpid());
  ASSERT_TRUE(after);
  EXPECT_GT(*after, *before);
}

}  // namespace
}  // namespace unified::os
