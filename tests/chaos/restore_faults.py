"""Somebody restores a declared stream, as `nats stream restore` does it."""
import time

from jetstream import Refused
from manifest import OPERATED
from world import Unmet

MESSAGES = 200
PIECES = 12
BETWEEN_ATTEMPTS = (0.2, 8)  # seconds; the server drops a restore that goes on no more after 5


def fill(world, client):
    for _ in range(MESSAGES):
        client.store(world.ledgers[OPERATED], f"operated.{world.rng.randrange(20)}", world.rng.randbytes(1500))


def pieces_of(snapshot):
    data = b"".join(snapshot.chunks)
    size = -(-len(data) // PIECES)
    return [data[at:at + size] for at in range(0, len(data), size)]


def restore(world, snapshot, seconds, pieces):
    """Slowly. Only the first `pieces`, when it is not None: then the restorer dies."""
    with world.client() as client:
        subject = client.begin_restore(OPERATED, snapshot)
        for number, piece in enumerate(pieces_of(snapshot)):
            if number == pieces:
                return
            client.restore_chunk(subject, piece)
            time.sleep(seconds / PIECES)
        client.restore_chunk(subject, b"")


def restored_by_somebody(world):
    """Saved, deleted, restored: that takes longer than it takes ours to look for drift twice. Nobody may make the stream meanwhile."""
    with world.client() as client:
        fill(world, client)
        snapshot = client.snapshot(OPERATED)
        client.delete(OPERATED)
    try:
        for _ in range(world.rng.choice([0, 0, 1, 2])):
            restore(world, snapshot, world.rng.uniform(1, 4), world.rng.randrange(1, PIECES))
            time.sleep(world.rng.uniform(*BETWEEN_ATTEMPTS))
        if world.rng.random() < 0.3:
            world.broker.process.send_signal(1)
        restore(world, snapshot, world.rng.uniform(3, 7), None)
    except Refused as error:
        put_back(world, snapshot)
        raise Unmet(f"somebody's restore: {error}") from None
    world.see_stored(OPERATED, ["operated.restored"])


def put_back(world, snapshot):
    """What the fault has deleted, so that the others go on with what they know of."""
    with world.client() as client:
        try:
            client.delete(OPERATED)
        except Refused:
            pass  # it was not made either
    restore(world, snapshot, 0, None)
