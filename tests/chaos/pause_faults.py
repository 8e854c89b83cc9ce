"""An operator asks ours to leave a stream alone."""
import time

from jetstream import Refused
from manifest import OPERATED
from world import KILL, RECONCILE_INTERVAL, Unmet

NOT_FOUND = 10059


def restart_server(world):
    world.end_server(KILL)


def restart_broker(world):
    if (code := world.broker.stop()) != 0:
        raise Unmet(f"a stop ended with {code}")
    world.broker.start()


def reload(world):
    world.broker.ask("/reload", "POST", 30)


def nothing(_world):
    pass


def delete(client):
    client.delete(OPERATED)


def take_subject(client):
    client.update(OPERATED, lambda config: config.update(subjects=["operated.nothing"]))


def as_left(client, deleted):
    """Whether it is as the operator has left it."""
    try:
        subjects = client.info(OPERATED)["config"]["subjects"]
        return not deleted and subjects == ["operated.nothing"]
    except Refused as error:
        return deleted and error.code == NOT_FOUND


def see_left_alone(world, deleted):
    """For longer than ours takes to look for drift twice. The server may be away for a moment."""
    seen, end = 0, time.monotonic() + 2 * RECONCILE_INTERVAL + 1
    while not seen or time.monotonic() < end:
        try:
            with world.client() as client:
                if not as_left(client, deleted):
                    raise Unmet("a paused stream was not left alone")
                seen += 1
        except (OSError, ValueError):
            if time.monotonic() > end + 20:
                raise
        time.sleep(0.1)


def paused_stream(world):
    """Deleted or changed while it is paused: not repaired before the end of the pause, whatever happens to us; then it is."""
    deleted, by_hand = world.rng.random() < 0.5, world.rng.random() < 0.6
    seconds = 300 if by_hand else 2 * RECONCILE_INTERVAL + 6
    code, words = world.command("pause", OPERATED, "--for", f"{seconds}s", "--reason", "a fault is made")
    if code != 0:
        raise Unmet(f"pause ended with {code}: {words}")
    try:
        with world.client() as client:
            (delete if deleted else take_subject)(client)
        if deleted:
            world.ledgers[OPERATED].forget()
        harm = world.rng.choice([nothing, reload, restart_server, restart_broker])
        harm(world)
        see_left_alone(world, deleted)
        if world.broker.ready():
            raise Unmet("ready without the subjects of the paused stream")
    finally:
        if by_hand:
            code, words = world.command("resume", OPERATED)
    if by_hand and code != 0:
        raise Unmet(f"resume ended with {code}: {words}")
    world.see_stored(OPERATED, ["operated.resumed"])
