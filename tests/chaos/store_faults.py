"""The file system under the store refuses writes while the server runs, for another reason than room: of a broker of its own."""
import os
import resource
import time

import power_faults
from aside import Aside
from loop_disk import LoopDisk
from world import Unmet, World

CAUSE = "store_refuses_writes"
SMALL_FILE = 8192  # bytes


class OnDisk(Aside):
    """A broker over an ext4 of its own."""

    def __init__(self, world):
        self.image = world.folder / "disk"
        self.disk = LoopDisk(self.image, world.folder / "place")
        store = self.disk.place / "store"
        store.mkdir()
        super().__init__(world, store)

    def mend(self):
        """As an operator does it: a stop (`stop --stay` keeps the store to itself), a check of the file system, a start."""
        self.expect(0, "stop")
        if (code := self.broker.ended(2)) != 0:
            raise Unmet(f"stopped, and ended with {code}")
        self.disk.mend()
        self.broker.start()
        self.see_ready()

    def give_back(self):
        self.disk.discard()
        self.image.unlink(missing_ok=True)


def refuse_writes(world, harm, words):
    """Not ready with the kernel's words, and the server stays up for its readers. What was on the disk is there afterwards."""
    with OnDisk(world) as aside:
        time.sleep(world.rng.uniform(0, 2))
        lasting = time.monotonic()
        aside.disk.write_back()
        pid = aside.broker.server_pid()
        harm(aside.disk)
        aside.see(f"not ready, {words}", lambda status: not status.get("ready", True) and words in str(status.get("not_ready_because")).lower(), 10)
        if aside.broker.server_pid() != pid:
            raise Unmet("the server was ended, and its readers with it")
        aside.expect(1, "health", "quick")
        aside.expect(1, "health", "storage", words=words)
        aside.see_incident(CAUSE)
        time.sleep(world.rng.uniform(0, 3))
        aside.mend()
        aside.see_kept(lasting)
        aside.stop()


def read_only_while_running(world):
    refuse_writes(world, LoopDisk.become_read_only, "read-only file system")


def io_errors(world):
    refuse_writes(world, LoopDisk.break_down, "input/output error")


def limit_files(size, *pids):
    for pid in pids:
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        except ProcessLookupError:
            pass  # the watchdog was quicker


def files_too_large(world):
    """EFBIG, to the server and to ours. Whoever is needed to go on is started by ours itself."""
    with Aside(world) as aside:
        time.sleep(world.rng.uniform(0.5, 1.5))
        us = aside.broker.process.pid
        limit_files(SMALL_FILE, us, aside.broker.server_pid())
        try:
            aside.see("not ready", lambda status: not status.get("ready", True), 10)
            time.sleep(world.rng.uniform(0, 3))
        finally:
            limit_files(resource.RLIM_INFINITY, us, *([pid] if (pid := aside.broker.server_pid()) else []))
        aside.see_ready()
        aside.see_kept()
        aside.stop()


def no_loop_disk(world: World):
    return power_faults.no_loop_disk(world)


def no_limits_of_others(_world):
    return "" if os.geteuid() == 0 else "the limits of another process need root"
