#include "os/readings.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "os/local_host.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

constexpr const char* kMounts =
    "22 1 0:21 / / rw,relatime - overlay overlay rw\n"
    "23 22 0:22 / /proc rw - proc proc rw\n"
    "24 22 8:1 /var/lib/docker/volumes/x /data\\040dir rw - ext4 /dev/sda1 rw\n";

TEST(ReadingsTest, MemoryLimitIsTheLowestOnTheWayUpV2) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "0::/a/b\n");
  (void)root.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  (void)root.write("sys/fs/cgroup/a/memory.max", "536870912\n");
  EXPECT_EQ(cgroup_memory_limit(root.path()), 536870912);
}

TEST(ReadingsTest, MemoryLimitInACgroupNamespace) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "0::/\n");
  (void)root.write("sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(cgroup_memory_limit(root.path()), 268435456);
}

TEST(ReadingsTest, MemoryLimitV1AndItsWayToSayNone) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
  (void)root.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes",
                   "9223372036854771712\n");
  EXPECT_EQ(cgroup_memory_limit(root.path()), std::nullopt);
  (void)root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(cgroup_memory_limit(root.path()), 1073741824);
}

TEST(ReadingsTest, NoCgroupIsNoLimit) {
  const TempDirectory root;
  EXPECT_EQ(cgroup_memory_limit(root.path()), std::nullopt);
}

TEST(ReadingsTest, MemoryLeftIsTheLimitLessTheWorkingSet) {
  const TempDirectory root;
  (void)root.write("proc/meminfo", "MemTotal:  8000000 kB\nMemAvailable:    4000000 kB\n");
  (void)root.write("proc/self/cgroup", "0::/a/b\n");
  (void)root.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  (void)root.write("sys/fs/cgroup/a/memory.max", "1000000\n");
  (void)root.write("sys/fs/cgroup/a/memory.current", "700000\n");
  (void)root.write("sys/fs/cgroup/a/memory.stat",
                   "anon 400000\ninactive_anon 1\ninactive_file 250000\nactive_file 2\n");
  const auto left = memory_left(root.path());
  ASSERT_TRUE(left);
  EXPECT_EQ(left->free, 550000);
  EXPECT_EQ(left->limit, 1000000);
}

TEST(ReadingsTest, MemoryLeftV1) {
  const TempDirectory root;
  (void)root.write("proc/meminfo", "MemAvailable:    4000000 kB\n");
  (void)root.write("proc/self/cgroup", "4:memory:/x\n");
  (void)root.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1000000\n");
  (void)root.write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "900000\n");
  (void)root.write("sys/fs/cgroup/memory/x/memory.stat",
                   "inactive_file 1\ntotal_inactive_file 100000\n");
  const auto left = memory_left(root.path());
  ASSERT_TRUE(left);
  EXPECT_EQ(left->free, 200000);
  EXPECT_EQ(left->limit, 1000000);
}

TEST(ReadingsTest, MemoryLeftIsTheMachinesWhereThatIsLessOrNothingIsLimited) {
  const TempDirectory root;
  (void)root.write("proc/meminfo", "MemAvailable:    100 kB\n");
  (void)root.write("proc/self/cgroup", "0::/\n");
  (void)root.write("sys/fs/cgroup/memory.max", "1000000000\n");
  (void)root.write("sys/fs/cgroup/memory.current", "1000\n");
  const auto less = memory_left(root.path());
  ASSERT_TRUE(less);
  EXPECT_EQ(less->free, 102400);
  EXPECT_EQ(less->limit, 0);
  (void)root.write("sys/fs/cgroup/memory.max", "max\n");
  const auto unlimited = memory_left(root.path());
  ASSERT_TRUE(unlimited);
  EXPECT_EQ(unlimited->free, 102400);
}

TEST(ReadingsTest, MemoryLeftOverTheLimitIsNone) {
  const TempDirectory root;
  (void)root.write("proc/self/cgroup", "0::/\n");
  (void)root.write("sys/fs/cgroup/memory.max", "1000\n");
  (void)root.write("sys/fs/cgroup/memory.current", "2000\n");
  const auto left = memory_left(root.path());
  ASSERT_TRUE(left);
  EXPECT_EQ(left->free, 0);
}

TEST(ReadingsTest, MemoryLeftThatCantBeReadIsUnknown) {
  const TempDirectory root;
  EXPECT_FALSE(memory_left(root.path()));
  EXPECT_TRUE(memory_left());
}

TEST(ReadingsTest, MachineHasMemoryAndWeUseSome) {
  ASSERT_TRUE(machine_memory());
  EXPECT_GT(*machine_memory(), 0);
  EXPECT_LE(*memory_limit(), *machine_memory());
  ASSERT_TRUE(resident_bytes(::getpid()));
  EXPECT_GT(*resident_bytes(::getpid()), 0);
  EXPECT_LT(*resident_bytes(::getpid()), *machine_memory());
  EXPECT_EQ(resident_bytes(-1), std::nullopt);
}

TEST(ReadingsTest, DiskSpaceOfAPathThatDoesNotExistYet) {
  const TempDirectory directory;
  const std::string future = directory.path() + "/not/yet";
  EXPECT_EQ(nearest_existing(future), directory.path());
  EXPECT_EQ(nearest_existing("/nonexistent/x"), "/");
  const auto space = disk_space(future);
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_GT(space->total_bytes, 0);
  EXPECT_LE(space->free_bytes, space->total_bytes);
}

TEST(ReadingsTest, DiskUsageCountsAllocatedBytes) {
  const TempDirectory directory;
  const std::int64_t before = disk_usage(directory.path());
  (void)directory.write("stream/1.blk", std::string(1 << 20, 'x'));
  EXPECT_GE(disk_usage(directory.path()) - before, 1 << 20);
  EXPECT_EQ(disk_usage("/nonexistent"), 0);
}

TEST(ReadingsTest, MountOfItsOwnIsAnyMountPointAboveButTheRoot) {
  const TempDirectory root;
  (void)root.write("proc/self/mountinfo", kMounts);
  EXPECT_TRUE(is_on_own_mount("/proc", root.path()));
  EXPECT_TRUE(is_on_own_mount("/proc/self/nonexistent", root.path()));
  EXPECT_FALSE(is_on_own_mount("/", root.path()));
  EXPECT_FALSE(is_on_own_mount("/usr/lib", root.path()));
  EXPECT_FALSE(is_on_own_mount(root.path(), root.path()));

  // The blank is written as \040; the name is a real directory here so that it can be resolved.
  const TempDirectory volume;
  (void)volume.write("a b/file", "");
  const std::string escaped = volume.path() + "/a\\040b";
  (void)root.write("proc/self/mountinfo", "24 22 8:1 / " + escaped + " rw - ext4 /dev/sda1 rw\n");
  EXPECT_TRUE(is_on_own_mount(volume.path() + "/a b/store", root.path()));
  EXPECT_FALSE(is_on_own_mount(volume.path(), root.path()));
}

TEST(ReadingsTest, ContainerLeavesTraces) {
  const TempDirectory bare;
  (void)bare.write("proc/1/cgroup", "0::/init.scope\n");
  EXPECT_FALSE(inside_container(bare.path()));
  const TempDirectory docker;
  (void)docker.write(".dockerenv", "");
  EXPECT_TRUE(inside_container(docker.path()));
  const TempDirectory kubernetes;
  (void)kubernetes.write("proc/1/cgroup", "4:memory:/kubepods/burstable/pod1\n");
  EXPECT_TRUE(inside_container(kubernetes.path()));
}

TEST(LocalHostTest, AnswersWhatTheConfigurationAsks) {
  const TempDirectory directory;
  const std::string file = directory.write("secret", "s3cret\n");
  const LocalHost host;
  const auto text = host.read_file(file);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "s3cret\n");
  EXPECT_EQ(host.file_fault(file), std::nullopt);
  EXPECT_EQ(host.file_fault(directory.path()), "it is a folder, not a file");
  EXPECT_EQ(host.file_fault(file + "x"), "the file does not exist");
  EXPECT_FALSE(host.hostname().empty());
  EXPECT_GT(host.disk_capacity(directory.path()).value_or(0), 0);
  EXPECT_EQ(host.read_file(file + "x").error().message,
            "cannot open " + file + "x: no such file or directory");
}

TEST(LocalHostTest, SecretFilesBeyondOneMegabyteAreRefused) {
  const TempDirectory directory;
  const std::size_t limit = 1024UL * 1024;
  EXPECT_TRUE(LocalHost{}.read_file(directory.write("full", std::string(limit, 'x'))));
  EXPECT_FALSE(LocalHost{}.read_file(directory.write("over", std::string(limit + 1, 'x'))));
}

TEST(FileSystemTest, TellsMemoryFromADisk) {
  EXPECT_EQ(file_system_of("/proc/self"), FileSystem::kOther);
  if (!is_on_own_mount("/dev/shm"))
    GTEST_SKIP() << "/dev/shm is not mounted here";
  EXPECT_EQ(file_system_of("/dev/shm/not/there/yet"), FileSystem::kMemory);
}

}  // namespace
}  // namespace unified::os
