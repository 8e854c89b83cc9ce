"""A stream is migrated while others use it, and change it, and something is killed."""
import contextlib
import json
import shutil
import threading
import time

import sidecar
from broker import Hang
from jetstream import Refused
from manifest import MOVED
from world import KILL, Unmet

ENDED_WITHIN = 120  # the trial of the backup has the lowest priority of all that runs
STEPS = 12  # about as many has a migration
MESSAGES = 5000
SUBJECTS = ["moved.>"]


class GiveBack(threading.Thread):
    """A client that wants its subjects stored: gives them to the stream again at random moments, and publishes."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world, self.moments = world, [Moment(world) for _ in range(world.rng.randint(1, 3))]

    def run(self):
        for moment in self.moments:
            with contextlib.suppress(OSError, ValueError, Refused, Hang):
                moment.wait()
                for _ in range(moment.times):
                    self._give()
                    time.sleep(0.01)

    def _give(self):
        with contextlib.suppress(Refused), self.world.client() as client:
            client.update(MOVED, lambda config: config.update(subjects=SUBJECTS))
            for number in range(20):
                client.store(self.world.ledgers[MOVED], f"moved.given.{number}")


class Moment:
    """A random one of a migration: some time after it has come to some step."""

    def __init__(self, world):
        self.world, self.steps = world, world.rng.randrange(STEPS)
        self.times = world.rng.choice([1, 1, 20])  # that something is done then
        self.rest = world.rng.uniform(0, 2 if world.rng.random() < 0.3 else 0.1)

    def wait(self):
        """Also returns when there is no such step any more."""
        seen, deadline = [], time.monotonic() + 5
        while len(seen) < self.steps and time.monotonic() < deadline:
            state = state_of(self.world)
            if seen and not state.get("busy"):
                return
            if state.get("step") and state["step"] not in seen:
                seen.append(state["step"])
            time.sleep(0.005)
        time.sleep(self.rest)


def fill(world):
    """So that each step takes a while."""
    with world.publishing(MOVED, 5000):
        deadline = time.monotonic() + 5
        while len(world.ledgers[MOVED]) < MESSAGES and time.monotonic() < deadline:
            time.sleep(0.01)


def state_of(world):
    code, body = world.broker.ask("/migration")
    return json.loads(body) if code == 200 else {}


def where_to(world):
    """What no update can change, and `migrate` can."""
    with world.client() as client:
        config = client.info(MOVED)["config"]
    if world.server_version() < (2, 14):
        return {"max_consumers": 50 if config["max_consumers"] == 100 else 100}
    return {"storage": "memory" if config["storage"] == "file" else "file"}


def begin(world):
    world.manifest.declare(MOVED, **where_to(world))
    world.broker.ask("/reload", "POST", 30)  # says that it can't
    body = json.dumps({"stream": MOVED, "dry_run": False, "keep_backup": False}).encode()
    code, answer = world.broker.ask("/migrate", "POST", 60, body)
    if code not in (200, 202):
        raise Unmet(f"migrate was refused: {code} {answer.decode(errors='replace')}")


def see_end(world):
    """Its outcome: "" when the broker that knew was killed."""
    deadline = time.monotonic() + ENDED_WITHIN
    while time.monotonic() < deadline:
        if not world.broker.alive():
            world.broker.start()
        state = state_of(world)
        if state and not state["busy"] and world.broker.ready():
            return f"{state['outcome']} {state['message']}".strip()
        time.sleep(0.05)
    raise Unmet(f"the migration does not end within {ENDED_WITHIN} s: {state_of(world)}; {world.why_not()}")


def kill_server(world):
    world.end_server(KILL)


def kill_broker(world):
    world.broker.process.kill()
    world.broker.ended(5)


def stop_broker(world):
    if (code := world.broker.stop()) != 0:
        raise Unmet(f"a stop in a migration ended with {code}")


def cancel(world):
    """Refused when it is over."""
    world.command("migrate", MOVED, "--cancel")


def interrupt(world):
    """Whether the server ended when the new stream may have taken messages already: in memory they end with it."""
    Moment(world).wait()
    how = world.rng.choice([kill_server, kill_server, kill_broker, kill_broker, stop_broker, cancel])
    how(world)
    return how is not cancel and phase(world) in (None, "replacing", "replaced")


def phase(world):
    """Of the journal; None when there is none any more."""
    try:
        return json.loads((world.store / "unified-migration" / f"stream-{MOVED}" / "journal.json").read_text()).get("phase")
    except FileNotFoundError:
        return None


def migrate(world, helpers, interrupted=False):
    """Its outcome. What was acknowledged before and in it is in the ledger."""
    fill(world)
    with contextlib.ExitStack() as stack:
        for helper in helpers:
            stack.enter_context(helper)
        begin(world)
        late = interrupted and interrupt(world)
        outcome = see_end(world)
    if late:
        forget_what_was_in_memory(world)
    world.see_stored(MOVED, ["moved.after"])
    return outcome


@contextlib.contextmanager
def given_back(world):
    thread = GiveBack(world)
    thread.start()
    try:
        yield
    finally:
        thread.join(30)


def forget_what_was_in_memory(world):
    """That ends with its server, as every start does to a stream in memory; nobody was migrating it any more."""
    with world.client() as client:
        if client.info(MOVED)["config"]["storage"] == "memory":
            world.ledgers[MOVED].forget()


def clear_up(world):
    """The next faults end servers, so back from memory to the disk, and what is kept for people is removed."""
    with world.client() as client:
        if client.info(MOVED)["config"]["storage"] == "memory":
            outcome = migrate(world, [])
            if client.info(MOVED)["config"]["storage"] != "file":
                raise Unmet(f"the stream did not come back from memory to the disk: {outcome}")
    shutil.rmtree(world.store / "unified-migration", ignore_errors=True)


def migrate_while_others_use_it(world):
    """A publisher, and a client that gives the stream its subjects back: what is acknowledged is in the stream afterwards."""
    migrate(world, [world.publishing(MOVED), given_back(world)])
    clear_up(world)


def migrate_and_interrupt(world):
    """kill -9 of the server or of ours, a stop, `--cancel`: at a random moment."""
    helpers = [world.publishing(MOVED)]
    if world.rng.random() < 0.5:
        helpers.append(given_back(world))
    migrate(world, helpers, interrupted=True)
    clear_up(world)


def migrate_beside_sidecar(world):
    """One with the same manifest sees the subjects that are missing, and lets them be."""
    outcome = migrate(world, [world.publishing(MOVED), sidecar.beside(world)])
    if "10062" in outcome:  # nats-server drops a trial that gets no CPU for 5 s: refused, and untouched
        outcome = migrate(world, [world.publishing(MOVED), sidecar.beside(world)])
    if not outcome.startswith("done"):
        raise Unmet(f"beside a sidecar: {outcome}")
    clear_up(world)
