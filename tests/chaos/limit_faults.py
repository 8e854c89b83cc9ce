"""What is declared as enough is used up: told by a check, and nobody is sent away for it. The README's table of two verdicts."""
import socket
import time

from aside import KEPT, Aside
from jetstream import Refused
from lies import LOOK_BACK
from world import Unmet

CONNECTIONS = 12
SILENT = 5
CLEARED_WITHIN = 20  # seconds; less than 95 % must have been used for 10
KINDS = {  # check that fails: its words, the stream's fields, the variables
    "messages of a stream": ("stream", "(max_msgs) of stream KEPT", {"max_msgs": 1000, "discard": "new"}, {}),
    "bytes of a stream": ("stream", "(max_bytes) of stream KEPT", {"max_bytes": 1 << 20, "discard": "new"}, {}),
    "files": ("storage", "(JETSTREAM_MAX_FILE) are used", {}, {"JETSTREAM_MAX_FILE": "2MB"}),
    "memory": ("storage", "(JETSTREAM_MAX_MEMORY) are used", {"storage": "memory"}, {"JETSTREAM_MAX_MEMORY": "2MB"}),
}


def fill(aside, size):
    with aside.client() as client:
        try:
            for _ in range(5000):
                client.store(aside.ledger, "kept.filler", b'"%s"' % (b"f" * size))
        except Refused:
            return
    raise Unmet("the limit was not reached")


def see_told_and_ready(aside, check, words):
    """All that time, too: the witness looks."""
    time.sleep(LOOK_BACK + 1)
    aside.expect(1, "health", check, words=words)
    aside.expect(1, "health", "full")
    aside.expect(0, "health", "quick")
    aside.expect(0, "status", words=words)


def limits_spent(world):
    """nats-server refuses every message. Consumers must be able to drain it, so it stays ready."""
    check, words, stream, variables = KINDS[world.rng.choice(list(KINDS))]
    with Aside(world, stream=stream, **variables) as aside:
        fill(aside, 50 if "max_msgs" in stream else 60_000)
        see_told_and_ready(aside, check, words)
        if "max_bytes" not in stream or world.server_version() >= (2, 10):  # 2.9 stores more than fits, and drops the oldest
            aside.see_kept()
        aside.publisher.stop()  # the witness does not fill it again so soon
        with aside.client() as client:
            client.ask(f"STREAM.PURGE.{KEPT}")
        aside.ledger.forget()
        if world.rng.random() < 0.5:
            see_cleared(aside, check)
        aside.stop()


def see_cleared(aside, check):
    deadline = time.monotonic() + CLEARED_WITHIN
    while aside.command("health", check)[0] != 0:
        if time.monotonic() > deadline:
            raise Unmet(f"drained for {CLEARED_WITHIN} s, and told as spent: {aside.command('health', check)[1]}")
        time.sleep(0.5)


def see_room(aside):
    """The server notices by and by that the others have left."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return aside.client().wire.close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise Unmet(f"nobody can connect: {error}") from None
        time.sleep(0.05)


def silent_sockets(world):
    """Five that never log in mean nothing, and as many as there may be are told."""
    with Aside(world, NATS_MAX_CONNECTIONS=str(CONNECTIONS)) as aside:
        aside.see_publishing()
        pid, sockets = aside.broker.server_pid(), []
        try:
            for _ in range(SILENT):
                sockets.append(socket.create_connection(("127.0.0.1", aside.broker.port), 2))
            time.sleep(world.rng.uniform(0, 2))
            aside.expect(0, "health", "quick")
            for _ in range(CONNECTIONS):  # the last ones are sent away
                sockets.append(socket.create_connection(("127.0.0.1", aside.broker.port), 2))
            see_told_and_ready(aside, "connectivity", f"{CONNECTIONS} of {CONNECTIONS} connections (NATS_MAX_CONNECTIONS)")
        finally:
            for client in sockets:
                client.close()
        if aside.broker.server_pid() != pid:
            raise Unmet("another server, for sockets that say nothing")
        see_room(aside)
        aside.see_kept()
        if world.rng.random() < 0.3:
            see_cleared(aside, "connectivity")
        aside.stop()
