"""Somebody else changes the configuration of a stream at the moment at which ours does.

nats-server has no update on a condition: of two who read, change and write back at once, one undoes what the other did. Ours must do so only
within one round trip, and say so. So a client that relies on its change looks whether it holds, as people do, before it stores anything.
"""
import threading
import time

from jetstream import Refused
from manifest import SHARED
from world import Unmet

STORED = 10
HOLDS_AFTER = 0.1  # seconds: longer than a round trip of ours, also on a busy machine
MENDED_WITHIN = 8  # a subject that is taken away comes again with the next look for drift
TOLD_WITHIN = 1
TOLD = "somebody else changed stream SHARED"


class Others:
    """A client that changes the stream, and knows what it has set and what is due to be stored."""

    def __init__(self, world, client):
        self.world, self.client = world, client
        self.fields, self.subjects = {}, []
        self.times_set_back = 0

    def set(self, **fields):
        self.fields.update(fields)
        self._write()
        while not self.holds():
            self.times_set_back += 1
            self._write()

    def add_subject(self):
        self.subjects.append(f"foreign.{self.world.rng.randrange(1 << 32)}")
        self.set(max_msgs=-1)

    def _write(self):
        def change(config):
            config.update(self.fields)
            config["subjects"] += [subject for subject in self.subjects if subject not in config["subjects"]]
        self.client.update(SHARED, change)
        time.sleep(HOLDS_AFTER)

    def holds(self):
        config = self.client.info(SHARED)["config"]
        return all(config.get(name) == value for name, value in self.fields.items()) and set(self.subjects) <= set(config["subjects"])

    def messages(self):
        return self.client.info(SHARED)["state"]["messages"]

    def store(self, subject):
        for _ in range(STORED):
            self.client.store(self.world.ledgers[SHARED], subject)


def raise_max_msgs(others):
    """To what it needs that stores as much next: a limit that is set back then drops the oldest."""
    others.set(max_msgs=others.messages() + STORED)
    others.store("shared.raised")


def raise_max_age(others):
    others.set(max_msgs=-1, max_age=others.world.rng.randint(3600, 7200) * 1_000_000_000)
    others.store("shared.aged")


def add_subject(others):
    others.add_subject()
    others.store(others.subjects[-1])


EDITS = (raise_max_msgs, raise_max_age, add_subject)


def reload_with_one_subject_more(world):
    """A thread in which ours sends an UPDATE that has nothing to do with what the others change; and that subject."""
    subject = f"declared.{world.rng.randrange(1 << 32)}"
    world.manifest.declare(SHARED, description=f"with {subject}", subjects=[*world.manifest.subjects(SHARED), subject])
    thread = threading.Thread(target=world.broker.ask, args=("/reload", "POST", 30))
    thread.start()
    return thread, subject


def told(world):
    """How often ours, and a sidecar that may be there, have said that they came between."""
    return sum(path.read_text(errors="replace").count(TOLD) for path in world.folder.glob("**/output"))


def foreign_updates(world):
    """Limits raised and subjects added, again and again while ours reloads: both that and the reload's own change must hold."""
    before, declared = told(world), []
    try:
        with world.client() as client:
            others = Others(world, client)
            for edit in world.rng.sample(EDITS, len(EDITS)):
                reload, subject = reload_with_one_subject_more(world)
                declared.append(subject)
                time.sleep(world.rng.uniform(0, HOLDS_AFTER))
                while True:
                    edit(others)
                    if not reload.is_alive():
                        break
            others.set(max_msgs=-1)  # room for what is published to see where it is stored
            world.see_stored(SHARED, declared + others.subjects, MENDED_WITHIN)
            if not others.holds():
                raise Unmet(f"set back: {client.info(SHARED)['config']}, and a client had set {others.fields}")
            see_told(world, others.times_set_back, before)
    except Refused as error:
        raise Unmet(f"a client that had changed the stream: {error}") from None
    finally:
        only_base(world)


def see_told(world, times, before):
    deadline = time.monotonic() + TOLD_WITHIN
    while times and told(world) == before:
        if time.monotonic() > deadline:
            raise Unmet(f"what a client had set was set back {times} times, and nobody says so")
        time.sleep(0.05)


def only_base(world):
    """What the fault has added is declared and stored no more; what was stored stays."""
    world.manifest.declare(SHARED, subjects=["shared.>"])
    world.broker.ask("/reload", "POST", 30)
    with world.client() as client:
        client.update(SHARED, lambda config: config.update(subjects=["shared.>"], max_msgs=-1, max_age=0))
