"""A store of many messages: nobody may take a server that recovers it for one that hangs."""
import time

import cgroup
from broker import PATIENCE
from ledger import STREAM
from wire import Wire, request
from world import KILL

SUBJECT = b"trade-data.recovery"
BATCH = 2000


def fill(world, count):
    """`count` small messages and more; only the last of each batch is waited for, as nats-server drops what comes too fast."""
    wire = Wire(world.broker.port, 10)
    try:
        first = state(wire)["messages"]
        batch = b"PUB %s 16\r\n0123456789abcdef\r\n" % SUBJECT * BATCH
        while (now := state(wire)["messages"]) < first + count:
            for _ in range(0, first + count - now, BATCH):
                wire.send(batch)
                request(wire, SUBJECT.decode(), b"the last of a batch", patience=60)
    finally:
        wire.close()


def state(wire):
    return request(wire, f"$JS.API.STREAM.INFO.{STREAM}", patience=60)["state"]


def slowed(world, percent):
    """A control group that starves the broker and its server, or nothing where we may not."""
    if cgroup.why_not("cpu"):
        return None
    group = cgroup.Cgroup("cpu")
    group.limit_cpu(percent)
    group.take(world.broker.process.pid)
    return group


def recover(world, percent):
    """A start without an index, which gets `percent` of one CPU: (seconds to ready, hangs). Killed in its middle once."""
    hangs = world.broker.status()["hangs"]
    world.down()
    remove_index(world)
    group = slowed(world, percent)
    world.broker.patience = PATIENCE * 100 / percent  # it gets so much less of the machine
    begun = time.monotonic()
    try:
        world.up()
        world.see("a server", lambda status: status.get("server_pid"))
        time.sleep(world.rng.uniform(0, 0.3))
        world.end_server(KILL)
        world.recover()
        return time.monotonic() - begun, world.broker.status()["hangs"] - hangs
    finally:
        world.broker.patience = PATIENCE
        if group:
            group.leave()


def remove_index(world):
    folder = world.stream_folder() / STREAM / "msgs"
    for path in [*folder.glob("index.db"), *folder.glob("*.idx"), *folder.glob("*.fss")]:
        path.unlink(missing_ok=True)


def stored(world):
    wire = Wire(world.broker.port, 10)
    try:
        return state(wire)["messages"]
    finally:
        wire.close()


def run(world, count, rounds, say):
    """Problems found: []."""
    problems = []
    fill(world, count)
    for number in range(rounds):
        before, percent = stored(world), (100, 25, 10)[number % 3]
        seconds, hangs = recover(world, percent)
        after = stored(world)
        say(f"  recovery of {after} messages with {percent} % of a CPU: ready after {seconds:.1f} s, {hangs} killed as hung")
        if hangs:
            problems.append(f"{hangs} false kill(s) while {after} messages were recovered")
        if after < before:
            problems.append(f"{before - after} messages less after a recovery")
    return problems
