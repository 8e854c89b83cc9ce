"""The power is cut: of a broker of its own, on a disk of its own."""
import contextlib
import json
import os
import shutil
import time

import loop_disk
from broker import Broker
from ledger import Ledger, missing
from loop_disk import LoopDisk
from manifest import Manifest
from publisher import Publisher
from world import CONT, STOP, Unmet, environment_of

READY_WITHIN = 30
SYNC_INTERVAL = 1.0  # seconds
SLACK = 1.5  # what a sync takes, and what is between two of them besides
FSYNC_WITHIN = 0.5  # ours has made a stream's files lasting so long after it said that it has made it
OLD, MADE = "OLD", "MADE"


def no_loop_disk(_world):
    return loop_disk.why_not()


class Victim:
    """A broker over a disk whose power can be cut once. `close` leaves nothing behind."""

    def __init__(self, world):
        self.folder = world.folder / "power"
        self.folder.mkdir()
        self.manifest = Manifest(self.folder / "manifest")
        self.manifest.declare(OLD, subjects=["old.>"])
        self.disk = LoopDisk(self.folder / "disk", self.folder / "place")
        self.store = self.disk.place / "store"
        self.store.mkdir()
        self.disk.write_back()
        environment = environment_of(self.folder, world.server, self.store, world.other_ports)
        self.syncs = world.server_version() >= (2, 10)  # 2.9 does so each minute, and can't be told otherwise
        if self.syncs:
            environment["JETSTREAM_SYNC_INTERVAL"] = f"{SYNC_INTERVAL:.0f}s"
        self.broker = Broker(world.program, environment, self.folder)
        self.ledgers = {stream: Ledger(stream) for stream in (OLD, MADE)}
        self.publishers = []

    def begin(self):
        self.broker.start()
        self.broker.until(lambda status: self.broker.ready() or status.get("unloaded"), READY_WITHIN)
        if not self.broker.ready():
            raise Unmet(f"the broker on the disk: {self.broker.status().get('not_ready_because')}, {' | '.join(list(self.broker.lines)[-5:])}")

    def publish(self, stream):
        messages = [(f"{stream.lower()}.{number}", b'"%s"' % (b"x" * (number * 37 % 900))) for number in range(50)]
        self.publishers.append(Publisher(self.broker.port, self.ledgers[stream], 250, messages))
        self.publishers[-1].start()

    def make_stream(self):
        """Ours says that it is there."""
        self.manifest.declare(MADE, subjects=["made.>"])
        code, body = self.broker.ask("/reload", "POST", 30)
        if code != 200:
            raise Unmet(f"reload answered {code}: {body.decode(errors='replace')}")

    def cut_power(self):
        """The copy is what is left. What was written just before, and not synced, is not in it: else it proves nothing."""
        (self.disk.place / "unsynced").write_bytes(b"x" * 10_000)
        stopped = [self.broker.server_pid(), self.broker.process.pid]
        for pid in stopped:
            os.kill(pid, STOP)
        self.disk.copy(self.folder / "copy")
        for publisher in self.publishers:
            publisher.ask_to_stop()
        for pid in stopped:
            os.kill(pid, 9)
        self.broker.process.wait()
        for publisher in self.publishers:
            publisher.stop()
        self.disk.close()
        self.disk = LoopDisk(self.folder / "copy", self.disk.place)
        left = self.disk.place / "unsynced"
        if left.exists() and left.stat().st_size > 0:
            raise Unmet("the copy of the disk has what was not synced: that was no power loss")

    def close(self):
        for publisher in self.publishers:
            publisher.stop()
        if self.broker.alive():
            self.broker.process.send_signal(CONT)
            self.broker.kill()
        with contextlib.suppress(OSError):
            self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def power_loss(world):
    """What was acknowledged before the last sync is there, and a stream that was made just now is loaded."""
    victim = Victim(world)
    try:
        victim.begin()
        victim.publish(OLD)
        time.sleep(world.rng.uniform(0, 2))
        victim.make_stream()
        victim.publish(MADE)
        time.sleep(world.rng.uniform(FSYNC_WITHIN, 4))
        safe = time.monotonic() - SYNC_INTERVAL - SLACK
        if not victim.syncs:  # the kernel does it
            safe = time.monotonic()
            victim.disk.write_back()
            time.sleep(world.rng.uniform(0, 1))
        victim.cut_power()
        victim.begin()
        look(victim, safe)
        if (code := victim.broker.stop()) != 0:
            raise Unmet(f"the stop after the power loss ended with {code}")
    finally:
        victim.close()


def look(victim, safe):
    status = victim.broker.status()
    if status.get("unloaded") or status.get("half_made"):
        raise Unmet(f"not loaded after the power loss: {json.dumps(status.get('unloaded'))} {json.dumps(status.get('half_made'))}")
    for stream, ledger in victim.ledgers.items():
        if lost := missing(victim.broker.port, stream, ledger.until(safe)):
            raise Unmet(f"lost: {len(lost)} messages of {stream} acknowledged before the last sync, of {len(ledger)}, from {min(lost)}")
