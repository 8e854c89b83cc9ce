"""The power is cut: of a broker of its own, on a disk of its own."""
import json
import os
import time

import loop_disk
from aside import KEPT, Aside
from ledger import Ledger, missing
from loop_disk import LoopDisk
from publisher import Publisher
from world import STOP, Unmet

SYNC_INTERVAL = 1.0  # seconds
SLACK = 1.5  # what a sync takes, and what is between two of them besides
FSYNC_WITHIN = 0.5  # ours has made a stream's files lasting so long after it said that it has made it
MADE = "MADE"


def no_loop_disk(_world):
    return loop_disk.why_not()


class Victim(Aside):
    """A broker over a disk whose power can be cut once."""

    def __init__(self, world):
        self.image, self.copy = world.folder / "disk", world.folder / "copy"
        self.disk = LoopDisk(self.image, world.folder / "place")
        store = self.disk.place / "store"
        store.mkdir()
        self.disk.write_back()
        self.syncs = world.server_version() >= (2, 10)  # 2.9 does so each minute, and can't be told otherwise
        interval = {"JETSTREAM_SYNC_INTERVAL": f"{SYNC_INTERVAL:.0f}s"} if self.syncs else {}
        super().__init__(world, store, **interval)
        self.made = Ledger(MADE)
        self.made_publisher = None

    def make_stream(self):
        """Ours says that it is there."""
        self.manifest.declare(MADE, subjects=["made.>"])
        code, body = self.broker.ask("/reload", "POST", 30)
        if code != 200:
            raise Unmet(f"reload answered {code}: {body.decode(errors='replace')}")

    def publish_made(self):
        messages = [(f"made.{number}", b'"%s"' % (b"x" * (number * 37 % 900))) for number in range(50)]
        self.made_publisher = Publisher(self.broker.port, self.made, 250, messages)
        self.made_publisher.start()

    def cut_power(self):
        """The copy is what is left. What was written just before, and not synced, is not in it: else it proves nothing."""
        (self.disk.place / "unsynced").write_bytes(b"x" * 10_000)
        stopped = [self.broker.server_pid(), self.broker.process.pid]
        for pid in stopped:
            os.kill(pid, STOP)
        self.disk.copy(self.copy)
        publishers = (self.publisher, self.made_publisher)
        for publisher in publishers:
            publisher.ask_to_stop()
        for pid in stopped:
            os.kill(pid, 9)
        self.broker.process.wait()
        for publisher in publishers:
            publisher.stop()
        self.disk.close()
        self.disk = LoopDisk(self.copy, self.disk.place)
        left = self.disk.place / "unsynced"
        if left.exists() and left.stat().st_size > 0:
            raise Unmet("the copy of the disk has what was not synced: that was no power loss")

    def begin_again(self):
        self.broker.start()
        self.broker.until(lambda status: self.broker.ready() or status.get("unloaded"), 30)
        self.see_ready(1)

    def give_back(self):
        if self.made_publisher:
            self.made_publisher.stop()
        self.disk.discard()
        for image in (self.image, self.copy):
            image.unlink(missing_ok=True)


def power_loss(world):
    """What was acknowledged before the last sync is there, and a stream that was made just now is loaded."""
    with Victim(world) as victim:
        time.sleep(world.rng.uniform(0, 2))
        victim.make_stream()
        victim.publish_made()
        time.sleep(world.rng.uniform(FSYNC_WITHIN, 4))
        safe = time.monotonic() - SYNC_INTERVAL - SLACK
        if not victim.syncs:  # the kernel does it
            safe = time.monotonic()
            victim.disk.write_back()
            time.sleep(world.rng.uniform(0, 1))
        victim.cut_power()
        victim.begin_again()
        look(victim, safe)
        victim.stop()


def look(victim, safe):
    status = victim.broker.status()
    if status.get("unloaded") or status.get("half_made"):
        raise Unmet(f"not loaded after the power loss: {json.dumps(status.get('unloaded'))} {json.dumps(status.get('half_made'))}")
    for stream, ledger in {KEPT: victim.ledger, MADE: victim.made}.items():
        if lost := missing(victim.broker.port, stream, ledger.until(safe)):
            raise Unmet(f"lost: {len(lost)} messages of {stream} acknowledged before the last sync, of {len(ledger)}, from {min(lost)}")
